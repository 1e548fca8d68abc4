// Error.stackTraceLimit across snapshots (runtime/web/host/stack-trace-limit.ts): V8 aborts at boot
// if a snapshot holds it, and forgets what an app has set if it does not.
#include <catch2/catch.hpp>

#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime::testing {
namespace {

std::string LimitOf(const std::string& body) {
  TestApp app(body + "const fetch = () => new Response(String(Error.stackTraceLimit));");
  TestEmbedder embedder;
  return Get(*app.Boot(embedder))->body;
}

TEST_CASE("an app that leaves it alone has the engine's") { CHECK(LimitOf("") == "10"); }

TEST_CASE("an app that sets it keeps its choice") {
  CHECK(LimitOf("Error.stackTraceLimit = 3;") == "3");
  CHECK(LimitOf("Error.stackTraceLimit = Infinity;") == "Infinity");
}

TEST_CASE("an app that deletes it boots") {
  CHECK(LimitOf("delete Error.stackTraceLimit;") == "undefined");
}

TEST_CASE("stacks are there while an app is built") {
  TestApp app(
      "const stack = (function named() { return new Error('a').stack; })();"
      "const fetch = () => new Response(stack);");
  TestEmbedder embedder;
  CHECK(Get(*app.Boot(embedder))->body.find("at named") != std::string::npos);
}

}  // namespace
}  // namespace nano::runtime::testing

// The script around a deferred app. That it runs is for the end-to-end tests.
#include "compiler/evaluate/deferred_app.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace nano::compiler {
namespace {

constexpr char kBundle[] =
    "((app) => (app.catch(() => {}), app))((async () => { \"use strict\"; let __nano_app; "
    "const __NANO_IMPORT_META__ = {};\nvar text = \"})())\";\nreturn __nano_app; })())\n";

TEST_CASE("the lines of a deferred app's code stay where they are") {
  const std::string deferred = DeferredBundle(kBundle);
  CHECK(deferred.find("var text = \"})())\";\n") != std::string::npos);
  CHECK(deferred.ends_with("return __nano_app; })\n"));
  CHECK(std::count(deferred.begin(), deferred.end(), '\n') == 3);
  CHECK(deferred.find('\n') < deferred.find("var text"));
}

TEST_CASE("a deferred app has its WebAssembly modules compiled before its code runs") {
  const std::string deferred = DeferredBundle(
      "((app) => (app.catch(() => {}), app))((async () => { \"use strict\"; let __nano_app; "
      "const __nano_modules = [[{ __proto__: null }, () => {/*AGFzbQEAAAA=*/}]]; "
      "const __NANO_IMPORT_META__ = {};\nreturn [__nano_app, __nano_modules]; })())\n");
  CHECK(deferred.find("new WebAssembly.Module(") < deferred.find("AGFzbQEAAAA=*/}]]); "));
  CHECK(deferred.ends_with("\nreturn __nano_app; })\n"));
}

TEST_CASE("why a deferred app could not be loaded is read from its log") {
  CHECK(!DeferredFailure(""));
  CHECK(!DeferredFailure("GET /: Error: env is empty\n    at Object.fetch (app.js:2:5)\n"));
  const auto failure = DeferredFailure(
      "GET /: Error: The app could not be loaded\n    at load (app.js:1:300) {\n"
      "  [cause]: TypeError: x is not a function\n      at app.js:5:7\n}\n");
  REQUIRE(failure);
  CHECK(failure->kind == runtime::ScriptFailure::Kind::kRejected);
  CHECK(failure->message == "TypeError: x is not a function");
  CHECK(failure->stack == "TypeError: x is not a function\n    at app.js:5:7\n");
  const auto none = DeferredFailure(
      "GET /: Error: The app could not be loaded\n    at load (app.js:1:300) {\n"
      "  [cause]: TypeError: The app's default export has no fetch method\n}\n");
  REQUIRE(none);
  CHECK(none->kind == runtime::ScriptFailure::Kind::kNoHandler);
  const auto nothing = DeferredFailure(
      "GET /: Error: The app could not be loaded {\n"
      "  [cause]: TypeError: The app has no default export. Write: …\n}\n");
  REQUIRE(nothing);
  CHECK(nothing->kind == runtime::ScriptFailure::Kind::kNoHandler);
}

}  // namespace
}  // namespace nano::compiler

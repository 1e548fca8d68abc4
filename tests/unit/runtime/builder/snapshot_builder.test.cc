// What keeps an app from becoming a snapshot, and warm-up.
#include "runtime/snapshot_builder.h"

#include <catch2/catch.hpp>

#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime {

using Catch::Matchers::Contains;
using Kind = ScriptFailure::Kind;
using testing::BundleOf;
using testing::TryBuild;

namespace {

ScriptFailure FailureOf(const std::string& bundle) {
  auto built = TryBuild(bundle);
  REQUIRE(std::holds_alternative<ScriptFailure>(built));
  return std::get<ScriptFailure>(std::move(built));
}

}  // namespace

TEST_CASE("a syntax error has a place") {
  const ScriptFailure failure = FailureOf("(async () => {\n  let 1x;\n})()");
  CHECK(failure.kind == Kind::kSyntax);
  CHECK_THAT(failure.message, Contains("SyntaxError"));
  CHECK(failure.line == 2);
  CHECK(failure.column > 0);
}

TEST_CASE("an error at the top level has a place and a stack") {
  const ScriptFailure failure = FailureOf(BundleOf("\n  null.x;"));
  CHECK(failure.kind == Kind::kRejected);
  CHECK_THAT(failure.message, Contains("TypeError"));
  CHECK(failure.line == 2);
  CHECK(failure.column == 8);
  CHECK_THAT(failure.stack, Contains("app.js:2:8"));
}

TEST_CASE("a throw outside of any promise is told apart") {
  const ScriptFailure failure = FailureOf("\nthrow new Error('early')");
  CHECK(failure.kind == Kind::kThrew);
  CHECK(failure.message == "Error: early");
  CHECK(failure.line == 2);
}

TEST_CASE("a rejection with a value that is no Error is reported") {
  const ScriptFailure failure = FailureOf(BundleOf("await Promise.reject('just a string');"));
  CHECK(failure.kind == Kind::kRejected);
  CHECK_THAT(failure.message, Contains("just a string"));
}

TEST_CASE("hostile errors cannot break the report") {
  const ScriptFailure failure =
      FailureOf(BundleOf("class E extends Error { get stack() { throw 1; } toString() { throw 2; } "
                         "} throw new E('x');"));
  CHECK(failure.kind == Kind::kRejected);
}

TEST_CASE("an await that never settles is an error") {
  const ScriptFailure failure = FailureOf(BundleOf("await new Promise(() => {});"));
  CHECK(failure.kind == Kind::kNeverSettled);
}

TEST_CASE("a then of all objects is told for what it is") {
  for (const char* then : {"() => {}", "(resolve) => resolve(1)", "(_, reject) => reject(1)"}) {
    const ScriptFailure failure =
        FailureOf(BundleOf("Object.prototype.then = " + std::string(then) + "; let fetch;"));
    CHECK(failure.kind == Kind::kThenable);
    CHECK_THAT(failure.message, Contains("Object.prototype.then"));
  }
}

TEST_CASE("an app without a fetch function is an error") {
  for (const char* module : {"{}", "{ default: 1 }", "{ default: {} }", "{ default: null }",
                             "{ default: { fetch: 'x' } }"}) {
    const ScriptFailure failure = FailureOf("(async () => (" + std::string(module) + "))()");
    CHECK(failure.kind == Kind::kNoHandler);
    CHECK_THAT(failure.message, Contains("fetch"));
  }
}

TEST_CASE("warm-up requests are answered and their outcomes told") {
  auto built = TryBuild(
      BundleOf("const fetch = async (request) => {"
               "  const path = new URL(request.url).pathname;"
               "  if (path === '/throw') throw new Error('no');"
               "  if (path === '/hang') return new Promise(() => {});"
               "  if (path === '/echo') return new Response(await request.text(), { status: 201 });"
               "  return new Response(crypto.randomUUID()); };"),
      {{.target = "/"},
       {.target = "/throw"},
       {.target = "/hang"},
       {.method = "POST", .target = "/echo", .headers = {{"X-A", "b"}}, .body = "hi"}});
  REQUIRE(std::holds_alternative<AppSnapshot>(built));
  const auto& outcomes = std::get<AppSnapshot>(built).warmup;
  REQUIRE(outcomes.size() == 4);
  CHECK(outcomes[0].status == 200);
  CHECK(outcomes[1].status == 0);
  CHECK_THAT(outcomes[1].problem, Contains("Error: no"));
  CHECK(outcomes[2].status == 0);
  CHECK_FALSE(outcomes[2].problem.empty());
  CHECK(outcomes[3].status == 201);
}

TEST_CASE("each warm-up request is answered eight times") {
  testing::TestApp app(
      "let count = 0; const fetch = () => { count++; return new Response(String(count)); };",
      {{.target = "/"}});
  testing::TestEmbedder embedder;
  const auto isolate = app.Boot(embedder);
  CHECK(testing::Get(*isolate)->body == "9");
}

}  // namespace nano::runtime

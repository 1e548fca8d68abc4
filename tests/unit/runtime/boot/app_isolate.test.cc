// Apps booted from snapshots: requests, env, timers, failures.
#include "runtime/app_isolate.h"

#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime {

using Catch::Matchers::Contains;
using testing::Get;
using testing::Post;
using testing::TestApp;
using testing::TestEmbedder;
using testing::TestExchange;

TEST_CASE("an app answers from its snapshot") {
  TestApp image(
      "const made = Math.max(1, 2); const fetch = (request) =>"
      " new Response(made + ' ' + request.method + ' ' + request.url);");
  TestEmbedder embedder;
  auto app = image.Boot(embedder);
  const auto exchange = Get(*app, "/a?b=1");
  CHECK(exchange->ended);
  CHECK(exchange->status == 200);
  CHECK(exchange->body == "2 GET http://test.localhost/a?b=1");
  CHECK(app->pending() == 0);
  CHECK(embedder.log.empty());
}

TEST_CASE("isolates of different apps share a thread and nothing else") {
  TestApp one("globalThis.name = 'one'; let n = 0; const fetch = () => new Response(name + ++n);");
  TestApp two("globalThis.name = 'two'; let n = 0; const fetch = () => new Response(name + ++n);");
  TestEmbedder embedder;
  auto a = one.Boot(embedder);
  auto b = two.Boot(embedder);
  auto c = one.Boot(embedder);
  CHECK(Get(*a)->body == "one1");
  CHECK(Get(*b)->body == "two1");
  CHECK(Get(*a)->body == "one2");
  CHECK(Get(*c)->body == "one1");
  b.reset();
  CHECK(Get(*a)->body == "one3");
}

TEST_CASE("a script that is running says where it is, once") {
  TestApp image(
      "function busy() { for (let i = 0; i < 1000; i++) ask(); } function ask() {} const fetch ="
      " () => { busy(); return new Response('done'); };");
  TestEmbedder embedder;
  auto app = image.Boot(embedder);
  std::vector<std::string> stacks;
  std::thread([&] {
    app->Inquire([&](std::string_view stack) { stacks.emplace_back(stack); });
  }).join();
  CHECK(stacks.empty());
  CHECK(Get(*app)->body == "done");
  CHECK(Get(*app)->body == "done");
  REQUIRE(stacks.size() == 1);
  CHECK_THAT(stacks[0], Catch::StartsWith("\n    at "));
}

TEST_CASE("env is given at boot") {
  TestApp image("const fetch = (request, env) => new Response(JSON.stringify(env));");
  TestEmbedder embedder;
  auto app = image.Boot(embedder, {}, {{"GREETING", "h\xc3\xa4llo"}, {"EMPTY", ""}});
  CHECK(Get(*app)->body == "{\"GREETING\":\"h\xc3\xa4llo\",\"EMPTY\":\"\"}");
}

TEST_CASE("a handler that throws fails its exchange and logs a stack") {
  TestApp image("const fetch = async () => { throw new RangeError('secret detail'); };");
  TestEmbedder embedder;
  auto app = image.Boot(embedder);
  const auto exchange = Get(*app);
  CHECK(exchange->failed);
  CHECK_THAT(embedder.log, Contains("RangeError: secret detail"));
  CHECK_THAT(embedder.log, Contains("app.js:1:"));
  CHECK_FALSE(app->stopped());
}

TEST_CASE("a handler that returns no Response fails its exchange") {
  TestApp image("const fetch = () => ({ status: 200 });");
  TestEmbedder embedder;
  auto app = image.Boot(embedder);
  CHECK(Get(*app)->failed);
  CHECK_THAT(embedder.log, Contains("Response"));
}

TEST_CASE("an answer may come after a timer") {
  TestApp image(
      "const fetch = () => new Promise((resolve) =>"
      " setTimeout(() => resolve(new Response('late')), 5));");
  TestEmbedder embedder;
  auto app = image.Boot(embedder);
  const auto exchange = Get(*app);
  CHECK_FALSE(exchange->ended);
  CHECK(app->pending() == 1);
  REQUIRE(embedder.timer_delay >= 0);
  for (int i = 0; i < 1'000'000 && !exchange->ended; ++i) app->FireTimers();
  CHECK(exchange->body == "late");
}

TEST_CASE("time stands still in a build and does not wait") {
  TestApp image(
      "const begin = performance.now();"
      "await new Promise((resolve) => setTimeout(resolve, 3_600_000));"
      "const waited = performance.now() - begin;"
      "const fetch = () => new Response(String(waited));");
  TestEmbedder embedder;
  auto app = image.Boot(embedder);
  CHECK(Get(*app)->body == "3600000");
}

TEST_CASE("a timer set in the build goes on after boot") {
  TestApp image(
      "let ticks = 0; setInterval(() => ++ticks, 1);"
      "const fetch = () => new Response(String(ticks > 0));");
  TestEmbedder embedder;
  auto app = image.Boot(embedder);
  REQUIRE(embedder.timer_delay >= 0);
  CHECK(Get(*app)->body == "false");
  std::string body;
  for (int i = 0; i < 1'000'000 && body != "true"; ++i) {
    app->FireTimers();
    body = Get(*app)->body;
  }
  CHECK(body == "true");
}

TEST_CASE("waitUntil keeps the isolate busy after the answer") {
  TestApp image(
      "let release; const fetch = (request, env, ctx) => {"
      "  if (request.url.endsWith('/go')) { release(); return new Response('went'); }"
      "  ctx.waitUntil(new Promise((resolve) => { release = resolve; }));"
      "  return new Response('answered'); };");
  TestEmbedder embedder;
  auto app = image.Boot(embedder);
  CHECK(Get(*app)->body == "answered");
  CHECK(app->pending() == 1);
  CHECK(Get(*app, "/go")->body == "went");
  CHECK(app->pending() == 0);
}

TEST_CASE("a request body is read when the app asks") {
  TestApp image(
      "const fetch = async (request) => new Response((await request.text()).toUpperCase());");
  TestEmbedder embedder;
  auto app = image.Boot(embedder);
  TestExchange exchange;
  Post(*app, exchange);
  CHECK(exchange.reads == 1);
  CHECK(exchange.read_whole);
  app->OnBody(exchange, "hello", true);
  CHECK(exchange.body == "HELLO");
}

TEST_CASE("a body that fails rejects the app's read") {
  TestApp image(
      "const fetch = async (request) => {"
      "  try { await request.text(); } catch (error) { return new Response(error.name); } };");
  TestEmbedder embedder;
  auto app = image.Boot(embedder);
  TestExchange exchange;
  Post(*app, exchange);
  app->OnBodyError(exchange, "too large");
  CHECK(exchange.body == "TypeError");
}

TEST_CASE("a client that goes away aborts the request's signal") {
  TestApp image(
      "let aborted = false; const fetch = (request) => {"
      "  if (request.url.endsWith('/ask')) return new Response(String(aborted));"
      "  request.signal.addEventListener('abort', () => { aborted = true; });"
      "  return new Promise(() => {}); };");
  TestEmbedder embedder;
  auto app = image.Boot(embedder);
  const auto waiting = Get(*app, "/wait");
  CHECK(app->pending() == 1);
  app->OnAborted(*waiting);
  CHECK(app->pending() == 0);
  CHECK(Get(*app, "/ask")->body == "true");
}

TEST_CASE("streams heed backpressure") {
  TestApp image(
      "const fetch = () => { let n = 0; return new Response(new ReadableStream({ pull(c) {"
      "  if (++n > 20) c.close(); else c.enqueue(new TextEncoder().encode('x')); } })); };");
  TestEmbedder embedder;
  auto app = image.Boot(embedder);
  auto exchange = std::make_unique<TestExchange>();
  exchange->congested = true;
  app->Dispatch(*exchange, {.method = "GET",
                            .scheme = "http",
                            .authority = "test.localhost",
                            .target = "/",
                            .headers = ""});
  const size_t before = exchange->body.size();
  CHECK(before < 20);
  exchange->congested = false;
  for (int i = 0; i < 30 && !exchange->ended; ++i) app->OnDrain(*exchange);
  CHECK(exchange->ended);
  CHECK(exchange->body == std::string(20, 'x'));
}

TEST_CASE("exchanges still open fail when their isolate goes") {
  TestApp image("const fetch = () => new Promise(() => {});");
  TestEmbedder embedder;
  auto app = image.Boot(embedder);
  const auto exchange = Get(*app);
  CHECK_FALSE(exchange->ended);
  app.reset();
  CHECK(exchange->failed);
}

TEST_CASE("an invalid target is the client's error") {
  TestApp image("const fetch = () => new Response('ok');");
  TestEmbedder embedder;
  auto app = image.Boot(embedder);
  TestExchange exchange;
  app->Dispatch(exchange, {.method = "GET", .scheme = "http", .authority = "a b", .target = "/"});
  CHECK(exchange.status == 400);
}

}  // namespace nano::runtime

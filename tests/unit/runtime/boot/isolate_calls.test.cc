// What an app is told of its calls, and that each call ends, whoever ends it.
#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "runtime/app_isolate.h"
#include "tests/unit/runtime/outbound/test_network.h"
#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime {

using testing::Get;
using testing::Post;
using testing::TestApp;
using testing::TestCall;
using testing::TestEmbedder;
using testing::TestExchange;
using testing::TestNetwork;

namespace {

// An app whose fetch() ends at the test.
class Connected {
 public:
  explicit Connected(std::string_view source, const Limits& limits = {}) : image_(source) {
    Embedder ports = embedder;
    ports.outbound = &network;
    app = image_.Boot(ports, limits);
  }

  TestCall& server(size_t call = 0) { return network.calls.at(call); }
  void Head(int status, bool has_body, std::optional<uint64_t> length = {}, size_t call = 0) {
    server(call).caller->OnHead({.status = status, .has_body = has_body, .length = length});
  }

 private:
  TestApp image_;

 public:
  TestEmbedder embedder;
  TestNetwork network;
  std::unique_ptr<AppIsolate> app;
};

}  // namespace

TEST_CASE("a response without a body ends its call") {
  Connected test(
      "const fetch = async () => {"
      "  const { status, body } = await globalThis.fetch('http://a.test/');"
      "  return new Response(`${status} ${body}`);"
      "};");
  const auto bodiless = Get(*test.app);
  test.Head(204, false);
  CHECK(bodiless->body == "204 null");
  CHECK(test.server().over);
  const auto empty = Get(*test.app);
  test.Head(200, true, 0, 1);
  CHECK(empty->ended);
  CHECK(test.server(1).over);
}

TEST_CASE("a response without a body ends what is still sent of its request") {
  Connected test(
      "let seen = 'nothing';"
      "const fetch = async (request) => {"
      "  if (request.method === 'GET') return new Response(seen);"
      "  const body = new ReadableStream({ cancel() { seen = 'cancelled'; } });"
      "  const init = { method: 'POST', body, duplex: 'half' };"
      "  const { status } = await globalThis.fetch('http://a.test/', init);"
      "  return new Response(`${status}`);"
      "};");
  TestExchange exchange;
  Post(*test.app, exchange);
  test.Head(204, false);
  CHECK(exchange.body == "204");
  CHECK(test.server().over);
  CHECK(Get(*test.app)->body == "cancelled");
}

TEST_CASE(
    "a client that leaves ends the call that is passed on to it, and all that belongs to it") {
  Connected test(
      "let seen = ''; const { signal } = new AbortController();"
      "const fetch = async (request) => {"
      "  if (request.method === 'GET') return new Response(seen);"
      "  request.signal.addEventListener('abort', () => { seen += 'aborted '; });"
      "  const body = new ReadableStream({ cancel() { seen += 'cancelled '; } });"
      "  const init = { method: 'POST', body, signal, duplex: 'half' };"
      "  return globalThis.fetch('http://a.test/', init);"
      "};");
  TestExchange exchange;
  Post(*test.app, exchange);
  test.Head(200, true);
  test.server().Bring("one");
  CHECK(exchange.body == "one");
  test.app->OnAborted(exchange);
  CHECK(test.server().over);
  CHECK_FALSE(exchange.ended);
  CHECK(test.embedder.log.empty());
  const std::string seen = Get(*test.app)->body;
  CHECK(seen.find("aborted") != std::string::npos);
  CHECK(seen.find("cancelled") != std::string::npos);
}

TEST_CASE("a client that leaves while its body and its response are passed on has not failed") {
  Connected test(
      "let seen = '';"
      "const fetch = async (request) => {"
      "  if (request.method === 'GET') return new Response(seen);"
      "  request.signal.addEventListener('abort', () => { seen += 'aborted'; });"
      "  return globalThis.fetch(new Request('http://a.test/', request));"
      "};");
  TestExchange exchange;
  Post(*test.app, exchange);
  test.Head(200, true);
  test.server().Bring("one");
  CHECK(exchange.reads == 1);
  CHECK(exchange.body == "one");
  test.app->OnAborted(exchange);
  CHECK(test.server().over);
  CHECK_FALSE(exchange.ended);
  CHECK(test.embedder.log.empty());
  CHECK(Get(*test.app)->body == "aborted");
}

TEST_CASE("a passed-on body that breaks off fails its exchange, and the log has it") {
  Connected test("const fetch = () => globalThis.fetch('http://a.test/');");
  const auto exchange = Get(*test.app);
  test.Head(200, true);
  test.server().Bring("one");
  test.server().Break({http::FailureKind::kReset, "ECONNRESET", "the server has closed it"});
  CHECK(exchange->body == "one");
  CHECK(exchange->failed);
  CHECK(test.server().over);
  CHECK(test.embedder.log.find("a.test:80: the server has closed it") != std::string::npos);
}

TEST_CASE("a response that nobody holds ends its call, and what the app has of that") {
  Connected test(
      "let seen = 'nothing';"
      "const fetch = async (request) => {"
      "  if (request.method === 'GET') return new Response(seen);"
      "  const body = new ReadableStream({ cancel() { seen = 'cancelled'; } });"
      "  const init = { method: 'POST', body, duplex: 'half' };"
      "  const { status } = await globalThis.fetch('http://a.test/', init);"
      "  return new Response(`${status}`);"
      "};");
  TestExchange exchange;
  Post(*test.app, exchange);
  test.Head(200, true);
  CHECK(exchange.body == "200");
  CHECK_FALSE(test.server().over);
  test.app->ReleaseMemory();
  test.app->RunTasks();
  CHECK(test.server().over);
  CHECK(Get(*test.app)->body == "cancelled");
}

TEST_CASE("an isolate's end ends its calls") {
  Connected test("const fetch = () => globalThis.fetch('http://a.test/');");
  const auto waiting = Get(*test.app), forwarded = Get(*test.app);
  test.Head(200, true, {}, 1);
  test.server(1).Bring("one");
  test.app.reset();
  CHECK(test.server(0).over);
  CHECK(test.server(1).over);
  CHECK(waiting->failed);
  CHECK(forwarded->failed);
}

TEST_CASE("what is kept of bodies until they are whole is held against the app's memory") {
  constexpr size_t kLimit = 16u << 20;
  Connected test(
      "const fetch = async ({ url }) => {"
      "  const response = await globalThis.fetch('http://a.test/');"
      "  return new Response(`${(await response.arrayBuffer()).byteLength}`);"
      "};",
      {.external_memory = kLimit});
  const std::string part(1u << 20, '.');

  // What was kept is given back: it is more than the limit together.
  for (size_t call = 0; call < 4; ++call) {
    const auto answer = Get(*test.app);
    test.Head(200, true, {}, call);
    for (int i = 0; i < 6; ++i) test.server(call).Bring(part);
    test.server(call).End();
    CHECK(answer->body == std::to_string(6 * part.size()));
    test.app->ReleaseMemory();
  }
  // Several at once, of which each would fit.
  const auto one = Get(*test.app);
  const auto other = Get(*test.app);
  test.Head(200, true, {}, 4);
  test.Head(200, true, {}, 5);
  for (int i = 0; i < 12 && !test.app->stopped(); ++i) {
    test.server(4).Bring(part);
    if (!test.app->stopped()) test.server(5).Bring(part);
  }
  CHECK(test.app->stopped());
  CHECK(one->failed);
  CHECK(other->failed);
  CHECK(test.server(4).over);
  CHECK(test.server(5).over);
  REQUIRE(test.embedder.stops.size() == 1);
  CHECK(test.embedder.stops[0].reason == StopReason::kExternalMemory);
}

}  // namespace nano::runtime

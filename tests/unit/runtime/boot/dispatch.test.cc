// Requests into an app and responses out of it, as the exchange sees them: whole and streamed
// bodies in both directions, backpressure, clients that go away, handlers that fail.
#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime {

using Catch::Matchers::Contains;
using testing::TestApp;
using testing::TestEmbedder;
using testing::TestExchange;

namespace {

// One request to an app made from `body`, whose isolate lives as long as this.
struct Turn {
  explicit Turn(std::string_view body) : image(body), app(image.Boot(embedder)) {}

  void Send(std::string_view method, bool has_body = false) {
    app->Dispatch(exchange, {.method = method,
                             .scheme = "http",
                             .authority = "a",
                             .target = "/path?secret",
                             .headers = "x-a\n1\nx-a\n2\n",
                             .has_body = has_body});
  }

  TestApp image;
  TestEmbedder embedder;
  TestExchange exchange;
  std::unique_ptr<AppIsolate> app;
};

}  // namespace

TEST_CASE("headers of both directions") {
  Turn turn(
      "const fetch = (request) => new Response(request.headers.get('X-A'), {status: 201, headers:"
      " {'X-B': ' v ', 'Content-Length': '99', Connection: 'close', 'Transfer-Encoding': 'x'}});");
  turn.Send("GET");
  CHECK(turn.exchange.status == 201);
  // That the connection is to end is the app's to say, framing is not.
  CHECK(turn.exchange.headers ==
        "connection: close\r\nx-b: v\r\ncontent-type: text/plain;charset=UTF-8\r\n");
  CHECK(turn.exchange.body == "1, 2");
}

TEST_CASE(
    "of the server's fields an app decides the connection's end and the Date, which come first") {
  const std::string own = "x: 1\r\n";
  for (const auto& [fields, expected] :
       {std::pair{"['connection', 'keep-alive, Close']", "connection: close\r\n"},
        {"['connection', 'keep-alive'], ['connection', ' close ']", "connection: close\r\n"},
        {"['connection', 'closed'], ['keep-alive', 'timeout=5'], ['proxy-connection', 'close']",
         ""},
        {"['date', 'then'], ['date', 'now']", "date: then\r\n"},
        {"['date', '']", ""},
        {"['Date', 'then'], ['Connection', 'close']", "connection: close\r\ndate: then\r\n"}}) {
    Turn turn("const fetch = () => new Response(null, {headers: [['x', '1'], " +
              std::string(fields) + "]});");
    turn.Send("GET");
    INFO(fields);
    CHECK(turn.exchange.headers == expected + own);
  }
}

TEST_CASE("bytes, Blobs and null are whole bodies") {
  for (const auto& [source, body] : {std::pair{"new Uint8Array([104, 105])", "hi"},
                                     {"new Blob(['h', 'i'])", "hi"},
                                     {"new URLSearchParams('a=b')", "a=b"},
                                     {"null", ""},
                                     {"'\\u20ac'", "\xe2\x82\xac"},
                                     {"new Response('inner').body", "inner"}}) {
    Turn turn("const fetch = () => new Response(" + std::string(source) + ");");
    turn.Send("GET");
    INFO(source);
    CHECK(turn.exchange.ended);
    CHECK_FALSE(turn.exchange.length.has_value());
    CHECK(turn.exchange.body == body);
    CHECK(turn.embedder.log.empty());
  }
}

TEST_CASE("an untouched body is read whole, without a stream") {
  Turn turn("const fetch = async (request) => Response.json((await request.json()).a);");
  turn.Send("POST", true);
  REQUIRE(turn.exchange.reads == 1);
  CHECK(turn.exchange.read_whole);
  CHECK_FALSE(turn.exchange.ended);
  turn.app->OnBody(turn.exchange, R"({"a": [1]})", true);
  CHECK(turn.exchange.body == "[1]");
}

TEST_CASE("a body is echoed part by part, at the peer's speed") {
  Turn turn(
      "const fetch = (request) => new Response(request.body, {headers: {'content-length': '4'}});");
  turn.Send("POST", true);
  REQUIRE(turn.exchange.reads == 1);
  CHECK_FALSE(turn.exchange.read_whole);
  CHECK(turn.exchange.length == 4);
  turn.exchange.congested = true;
  turn.app->OnBody(turn.exchange, "ab", false);
  CHECK(turn.exchange.body == "ab");
  CHECK(turn.exchange.reads == 1);  // Nothing is asked for while the peer does not read.
  turn.exchange.congested = false;
  turn.app->OnDrain(turn.exchange);
  CHECK(turn.exchange.reads == 2);
  turn.app->OnBody(turn.exchange, "cd", true);
  CHECK(turn.exchange.body == "abcd");
  CHECK(turn.exchange.ended);
  CHECK_FALSE(turn.exchange.failed);
  CHECK(turn.app->pending() == 0);
}

TEST_CASE("a body that breaks off is the app's rejection") {
  Turn turn(
      "const fetch = (request) => request.text().catch((error) => new Response(`${error}`));");
  turn.Send("POST", true);
  turn.app->OnBodyError(turn.exchange, "it was too large");
  CHECK(turn.exchange.body == "TypeError: The request's body could not be read: it was too large");
}

TEST_CASE("a client that goes away aborts the signal and cancels the stream") {
  Turn turn(
      "globalThis.seen = ''; const fetch = (request) => {"
      "  if (request.method === 'PUT') return new Response(seen);"
      "  request.signal.addEventListener('abort', () => { seen += request.signal.reason.name; });"
      "  return new Response(new ReadableStream({ pull() {},"
      "    cancel(reason) { seen += ' ' + reason.name; } })); };");
  turn.Send("GET");
  CHECK(turn.exchange.status == 200);
  turn.app->OnAborted(turn.exchange);
  CHECK_FALSE(turn.exchange.ended);
  CHECK(turn.embedder.log.empty());
  TestExchange after;
  turn.app->Dispatch(
      after, {.method = "PUT", .scheme = "http", .authority = "a", .target = "/", .headers = {}});
  CHECK_THAT(after.body, Contains("AbortError"));
  CHECK_THAT(after.body, Contains(" AbortError"));
}

TEST_CASE("a client that goes away while its body is read is no error of the app's") {
  Turn turn("const fetch = async (request) => new Response(await request.text());");
  turn.Send("POST", true);
  turn.app->OnAborted(turn.exchange);
  CHECK(turn.embedder.log.empty());
  CHECK(turn.app->pending() == 0);
}

TEST_CASE("HEAD sends the head that GET would") {
  Turn text("const fetch = () => new Response('four');");
  text.Send("HEAD");
  CHECK(text.exchange.body == "four");  // The server counts it and sends nothing.

  Turn stream(
      "const fetch = () => new Response(new ReadableStream({ pull() { throw 1; } }),"
      " { headers: {'content-length': '9'} });");
  stream.Send("HEAD");
  CHECK(stream.exchange.length == 9);
  CHECK(stream.exchange.ended);
  CHECK_FALSE(stream.exchange.failed);
}

TEST_CASE("a stream that fails cuts the response") {
  for (const auto& [source, message] :
       {std::pair{"pull() { throw new Error('mid'); }", "Error: mid"},
        {"pull(c) { c.enqueue('text'); }", "encode strings with TextEncoder"},
        {"start(c) { c.enqueue(new Uint8Array(5)); }", "more than the 4 bytes"},
        {"start(c) { c.close(); }", "less than the 4 bytes"}}) {
    Turn turn("const fetch = () => new Response(new ReadableStream({" + std::string(source) +
              "}), { headers: {'content-length': '4'} });");
    turn.Send("GET");
    INFO(source);
    CHECK(turn.exchange.status == 200);
    CHECK(turn.exchange.failed);
    CHECK_THAT(turn.embedder.log, Contains(message));
  }
}

TEST_CASE("a handler's failure is logged with the request and without its query") {
  for (const auto& [handler, message] :
       {std::pair{"() => { throw new RangeError('now'); }", "RangeError: now"},
        {"async () => { throw new RangeError('later'); }", "RangeError: later"},
        {"() => Promise.reject(5)", "5"},
        {"() => undefined", "returned undefined instead of a Response. Is a `return` missing?"},
        {"async () => ({})", "returned an object (Object) instead of a Response"},
        {"() => 'text'", "returned a string instead of a Response"},
        {"() => Response.error()", "Response.error()"},
        {"async () => { const r = new Response('x'); await r.text(); return r; }", "used already"},
        {"() => { const r = new Response('x'); r.body.getReader(); return r; }", "locked"}}) {
    Turn turn("const fetch = " + std::string(handler) + ";");
    turn.Send("GET");
    INFO(handler);
    CHECK(turn.exchange.failed);
    CHECK(turn.exchange.status == 0);
    CHECK_THAT(turn.embedder.log, Contains("GET /path:"));
    CHECK_THAT(turn.embedder.log, Contains(message));
    CHECK_THAT(turn.embedder.log, !Contains("secret"));
    CHECK(turn.app->pending() == 0);
  }
}

TEST_CASE("waitUntil keeps the app busy after its answer") {
  Turn turn(
      "let finish; const fetch = (request, env, ctx) => {"
      "  if (request.method === 'PUT') { finish(); return new Response('done'); }"
      "  ctx.waitUntil(new Promise((resolve) => { finish = resolve; }));"
      "  ctx.waitUntil(Promise.reject(new Error('background')));"
      "  return new Response('first'); };");
  turn.Send("GET");
  CHECK(turn.exchange.body == "first");
  CHECK(turn.app->pending() == 1);
  CHECK_THAT(turn.embedder.log, Contains("waitUntil") && Contains("Error: background"));
  turn.Send("PUT");
  CHECK(turn.exchange.body == "done");
  CHECK(turn.app->pending() == 0);
}

TEST_CASE("what comes after the response is refused, not waited for") {
  Turn turn(
      "globalThis.kept = null; const fetch = async (request) => {"
      "  if (request.method === 'POST') { kept = request; return new Response('early'); }"
      "  return kept.text().catch((error) => new Response(error.message)); };");
  turn.Send("POST", true);
  CHECK(turn.exchange.body == "early");
  turn.Send("GET");
  CHECK_THAT(turn.exchange.body, Contains("The response has ended"));
}

TEST_CASE("an app that patches prototypes still answers") {
  Turn turn(
      "Promise.prototype.then = Array.prototype[Symbol.iterator] = String.prototype.charCodeAt ="
      "  String.prototype.indexOf = Map.prototype.get = Reflect.apply = () => { throw 'patched'; };"
      "const fetch = async (request) => new Response(new URL(request.url).pathname +"
      "  request.headers.get('x-a'), { headers: { a: 'b' } });");
  turn.Send("GET");
  CHECK(turn.exchange.body == "/path1, 2");
  CHECK(turn.embedder.log.empty());
}

}  // namespace nano::runtime

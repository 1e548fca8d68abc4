// What an app sees of a client that went away, whenever it looks: in time, late, and after its
// answer.
#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime {

using testing::Get;
using testing::Post;
using testing::TestApp;
using testing::TestEmbedder;
using testing::TestExchange;

namespace {

// A handler that waits until the next request, a GET, lets it go on with `late`, an expression or
// statements that append to `seen`; the GET after that tells what was seen.
std::string Late(std::string_view late, std::string_view answer = "new Response('late')") {
  return "let seen = ''; let go; const note = (name) => (value) => { seen += name + ':' + "
         "(value?.name"
         " ?? value) + ' '; };"
         "const fetch = async (request, env, ctx) => {"
         "  if (request.url.endsWith('/go')) { go(); return new Response('gone on'); }"
         "  if (request.url.endsWith('/seen')) return new Response(seen);"
         "  await new Promise((resolve) => { go = resolve; });" +
         std::string(late) + "; return " + std::string(answer) + "; };";
}

std::string SeenAfterAbort(const std::string& source) {
  TestApp image(source);
  TestEmbedder embedder;
  const auto app = image.Boot(embedder);
  TestExchange gone;
  Post(*app, gone);
  app->OnAborted(gone);
  CHECK(Get(*app, "/go")->body == "gone on");
  CHECK(embedder.log.empty());
  CHECK_FALSE(gone.ended);
  CHECK(app->pending() == 0);
  return Get(*app, "/seen")->body;
}

}  // namespace

TEST_CASE("a signal that is looked at late is aborted already") {
  CHECK(SeenAfterAbort(Late("note('signal')(request.signal.aborted), note('why')"
                            "(request.signal.reason)")) == "signal:true why:AbortError ");
  CHECK(SeenAfterAbort(Late("note('clone')(request.clone().signal.aborted),"
                            "note('copy')(new Request(request).signal.aborted)",
                            "new Response()")) == "clone:true copy:true ");
}

TEST_CASE("a signal that is looked at after a late answer is aborted, too") {
  CHECK(SeenAfterAbort(Late("ctx.waitUntil((async () => { for (let i = 0; i < 9; i++) await 0;"
                            " note('signal')(request.signal.aborted); })())")) == "signal:true ");
}

TEST_CASE("a body that is asked for late is a rejection") {
  for (const char* read :
       {"text()", "json()", "bytes()", "arrayBuffer()", "blob()", "clone().text()",
        "body.getReader().read()", "body.tee()[1].getReader().read()"}) {
    INFO(read);
    CHECK(SeenAfterAbort(Late("await request." + std::string(read) +
                              ".then(note('got'), note('rejected'))")) == "rejected:AbortError ");
  }
}

TEST_CASE("a stream that is answered late is cancelled, not pumped") {
  CHECK(SeenAfterAbort(Late("",
                            "new Response(new ReadableStream({ pull(c) { c.enqueue(new"
                            " Uint8Array(1024)); }, cancel: note('cancel') }))")) ==
        "cancel:AbortError ");
  CHECK(SeenAfterAbort(Late("", "new Response(request.body)")).empty());
  CHECK(SeenAfterAbort(Late("", "new Response(new Blob(['x']).stream())")).empty());
}

TEST_CASE("after a response has ended its signal is not aborted, and its body is refused") {
  TestApp image(
      "let seen = 'nothing'; let kept; const fetch = async (request) => {"
      "  if (request.url.endsWith('/seen')) {"
      "    seen = await kept.text().catch((error) => error.name);"
      "    return new Response(`${kept.signal.aborted} ${seen}`); }"
      "  kept = request; return new Response(); };");
  TestEmbedder embedder;
  const auto app = image.Boot(embedder);
  TestExchange exchange;
  Post(*app, exchange);
  CHECK(exchange.ended);
  CHECK(Get(*app, "/seen")->body == "false TypeError");
}

TEST_CASE("an exchange whose slot is taken again reaches nobody else's request") {
  TestApp image(Late("note('late')(await request.text().catch((error) => error))"));
  TestEmbedder embedder;
  const auto app = image.Boot(embedder);
  TestExchange gone;
  Post(*app, gone);
  app->OnAborted(gone);
  // More than there are generations of a slot's number.
  for (int i = 0; i < 20'000; ++i) REQUIRE(Get(*app, "/seen")->body.empty());
  CHECK(Get(*app, "/go")->body == "gone on");
  CHECK(Get(*app, "/seen")->body == "late:AbortError ");
  CHECK_FALSE(gone.ended);
}

TEST_CASE("a GET or HEAD has a null body, whatever it carries, and can be copied") {
  for (const char* method : {"GET", "HEAD", "POST"}) {
    TestApp image(
        "const fetch = (request) => { const copy = new Request(request, {headers: {a: 'b'}});"
        " return new Response(`${copy.clone().body === null}`); };");
    TestEmbedder embedder;
    const auto app = image.Boot(embedder);
    TestExchange exchange;
    app->Dispatch(exchange, {.method = method,
                             .scheme = "http",
                             .authority = "a",
                             .target = "/",
                             .headers = {},
                             .has_body = true});
    CHECK(exchange.body == (method == std::string_view("POST") ? "false" : "true"));
    CHECK(exchange.reads == 0);
  }
}

TEST_CASE("a stream that always has a chunk at hand lets the loop turn") {
  for (const char* size : {"0", "1"}) {
    INFO(size);
    TestApp image(
        "let stop = false; const fetch = (request) => {"
        "  if (request.url.endsWith('/stop')) { stop = true; return new Response('stopped'); }"
        "  const endless = new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(" +
        std::string(size) +
        ")); if (stop) c.close(); } });"
        "  if (request.url.endsWith('/read')) return new Response(endless).text().then((text) =>"
        "    new Response('read'));"
        "  return new Response(request.url.endsWith('/piped') ?"
        "    endless.pipeThrough(new TransformStream()) : endless); };");
    for (const char* path : {"/", "/piped", "/read"}) {
      INFO(path);
      TestEmbedder embedder;
      const auto app = image.Boot(embedder);
      const auto endless = Get(*app, path);  // Returns: that is the point.
      CHECK_FALSE(endless->ended);
      CHECK(embedder.timer_delay == 0);
      CHECK(Get(*app, "/stop")->body == "stopped");
      for (int i = 0; i < 8 && !endless->ended; ++i) app->FireTimers();
      CHECK(endless->ended);
      CHECK(embedder.log.empty());
    }
  }
}

}  // namespace nano::runtime

// What the log says of an exception, on every path by which one gets there: what console.error
// would.
#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime {

using Catch::Matchers::Contains;
using testing::Get;
using testing::TestApp;
using testing::TestEmbedder;

namespace {

constexpr std::string_view kPaths[] = {
    "throw thrown;",
    "return Promise.reject(thrown);",
    "ctx.waitUntil(Promise.reject(thrown)); return new Response();",
    "Promise.reject(thrown); return new Response();",
    "setTimeout(() => { throw thrown; }); return new Response();",
    "queueMicrotask(() => { throw thrown; }); return new Response();",
    "reportError(thrown); return new Response();",
    "const t = new EventTarget(); t.addEventListener('a', () => { throw thrown; });"
    "t.dispatchEvent(new Event('a')); return new Response();",
    "return new Response(new ReadableStream({ pull() { throw thrown; } }));",
    "return new Response(new ReadableStream({ start(c) { c.error(thrown); } }));",
};

std::string LogOf(std::string_view thrown, std::string_view path) {
  TestApp image("const make = () => { " + std::string(thrown) +
                " }; const fetch = (request, env, ctx) => { const thrown = make(); " +
                std::string(path) + " };");
  TestEmbedder embedder;
  const auto app = image.Boot(embedder);
  Get(*app, "/where");
  app->FireTimers();
  CHECK(embedder.log.find("internal error") == std::string::npos);
  return embedder.log;
}

}  // namespace

TEST_CASE("the log says of an exception what console.error would, on every path") {
  struct Case {
    std::string_view thrown;
    std::vector<std::string> said;
  };
  const Case cases[] = {
      {"return new Error('outer', {cause: new TypeError('inner', {cause: 'deepest'})})",
       {"Error: outer\n    at make", "[cause]: TypeError: inner\n", "[cause]: 'deepest'"}},
      {"return new AggregateError([new RangeError('one'), 'two'], 'all')",
       {"AggregateError: all", "[errors]: [", "RangeError: one", "'two'"}},
      {"return Object.assign(new Error('http'), {status: 418})", {"Error: http", "status: 418"}},
      {"return {code: 7, nested: {a: 1}}", {"{ code: 7, nested: { a: 1 } }"}},
      {"return 'just text'", {"just text"}},
      {"return undefined", {"undefined"}},
      {"return null", {"null"}},
      {"return Symbol('s')", {"Symbol(s)"}},
      {"const {proxy, revoke} = Proxy.revocable({}, {}); revoke(); return proxy",
       {"<Revoked Proxy>"}},
      {"return {get x() { throw 1; }, toString() { throw 2; }}", {"[Getter]"}},
      {"const e = new Error('m'); Object.defineProperty(e, 'stack', {get() { throw 3; }}); return "
       "e",
       {"[Error: m]"}},
  };
  for (const Case& each : cases) {
    for (const std::string_view path : kPaths) {
      INFO(each.thrown << "\n" << path);
      const std::string log = LogOf(each.thrown, path);
      for (const std::string& text : each.said) CHECK_THAT(log, Contains(text));
    }
  }
}

TEST_CASE("a handler that returns a revoked proxy is logged with its path") {
  for (const char* target : {"{}", "function () {}", "new Response()"}) {
    for (const char* handler : {"(request) => proxy", "async (request) => proxy"}) {
      TestApp image("const {proxy, revoke} = Proxy.revocable(" + std::string(target) +
                    ", {}); revoke(); const fetch = " + handler + ";");
      TestEmbedder embedder;
      const auto app = image.Boot(embedder);
      CHECK(Get(*app, "/where")->failed);
      CHECK_THAT(embedder.log, Contains("GET /where: TypeError"));
    }
  }
}

TEST_CASE("what a client that went away makes an app reject is no line in the log") {
  TestApp image(
      "const fetch = (request, env, ctx) => { const {readable, writable} = new TransformStream();"
      "  const writer = writable.getWriter(); writer.write(new Uint8Array(9));"
      "  writer.write(new Uint8Array(9));"
      "  const gone = new Promise((_, no) => request.signal.addEventListener('abort',"
      "    () => no(request.signal.reason))); ctx.waitUntil(gone);"
      "  return new Response(readable); };");
  TestEmbedder embedder;
  const auto app = image.Boot(embedder);
  const auto exchange = Get(*app);
  app->OnAborted(*exchange);
  CHECK(embedder.log.empty());
}

}  // namespace nano::runtime

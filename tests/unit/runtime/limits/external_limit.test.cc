// `limits.external_memory` where it is enforced: of apps whose buffers grow, and of those
// whose garbage does.
#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime {
namespace {

using Catch::Matchers::Contains;
using testing::Get;
using testing::GetAnswer;
using testing::TestApp;
using testing::TestEmbedder;
using testing::WatchOnce;

constexpr size_t kLimit = 16u << 20;

// A module of so many bytes, which are a section that nobody reads, and no two are the same.
#define MODULE                                                                                     \
  "let made = 0; const code = (bytes) => { const n = bytes - 13; const m = new Uint8Array(bytes);" \
  "m.set([0, 97, 115, 109, 1, 0, 0, 0, 0, 128 | n & 127, 128 | n >> 7 & 127, 128 | n >> 14 & 127," \
  "n >> 21]); m.set([1, 65 + made % 26], 13); m[20] = made; m[21] = made++ >> 8; return m; };"

TEST_CASE("an app over its limit of external memory is stopped; its neighbour is not") {
  WatchOnce();
  const auto [what, code] = GENERATE(table<std::string, std::string>({
      {"one buffer", "new ArrayBuffer(2 ** 30);"},
      {"a caught failure", "for (;;) try { new ArrayBuffer(2 ** 30); } catch {}"},
      {"many buffers", "for (;;) keep.push(new Uint8Array(1e5));"},
      {"small buffers", "for (;;) keep.push(new Uint8Array(1000));"},
      {"shared buffers", "for (;;) keep.push(new SharedArrayBuffer(1e5));"},
      {"encoded text", "for (;;) keep.push(new TextEncoder().encode('x'.repeat(1e5)));"},
      {"parts of a blob", "for (;;) keep.push(new Blob(['x'.repeat(1e5)]));"},
      {"clones", "const b = new Uint8Array(1e5); for (;;) keep.push(structuredClone(b));"},
      {"a WebAssembly memory",
       "const m = new WebAssembly.Memory({ initial: 1 }); for (;;) m.grow(1);"},
      {"a WebAssembly memory that is large at once", "new WebAssembly.Memory({ initial: 400 });"},
      {"WebAssembly memories",
       "for (;;) keep.push(new WebAssembly.Memory({ initial: 1, maximum: 10 }));"},
      {"empty WebAssembly memories",
       "for (;;) keep.push(new WebAssembly.Memory({ initial: 0, maximum: 1 }));"},
      {"shared WebAssembly memories",
       "for (;;) keep.push(new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }));"},
      {"a failure to grow that is caught",
       "const m = new WebAssembly.Memory({ initial: 1 });"
       "for (;;) try { m.grow(1); } catch {}"},
      {"a WebAssembly memory that grows in WebAssembly",
       // (func (export "f") (loop (drop (memory.grow (i32.const 1))) (br 0)))
       "const code = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1,"
       "7, 5, 1, 1, 102, 0, 0, 10, 14, 1, 12, 0, 3, 64, 65, 1, 64, 0, 26, 12, 0, 11, 11];"
       "new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(code))).exports.f();"},
      {"WebAssembly modules", MODULE "for (;;) keep.push(new WebAssembly.Module(code(1e6)));"},
      {"WebAssembly modules of a class",
       MODULE "class Mine extends WebAssembly.Module {} for (;;) keep.push(new Mine(code(1e6)));"},
      {"WebAssembly modules of another prototype",
       MODULE "const { Module } = WebAssembly; Module.prototype.constructor = null;"
              "for (;;) keep.push(Reflect.construct(Module, [code(1e6)], Object));"},
      {"instances",
       MODULE "for (;;) keep.push(new WebAssembly.Instance(new WebAssembly.Module(code(1e6))));"},
      {"WebAssembly modules that are promised", MODULE
       "return (async () => { for (;;) keep.push(await WebAssembly.compile(code(1e6))); })();"},
      {"WebAssembly modules that nobody waits for",
       MODULE "const m = code(8e6); for (;;) WebAssembly.compile(m);"},
      {"promised instances",
       MODULE "return (async () => {"
              "for (;;) keep.push((await WebAssembly.instantiate(code(1e6))).instance); })();"},
      {"streamed WebAssembly modules", MODULE
       "const headers = { 'content-type': 'application/wasm' }; return (async () => { for (;;) "
       "keep.push(await WebAssembly.compileStreaming(new Response(code(1e6), { headers }))); "
       "})();"},
      {"functions of a WebAssembly module",
       // (func) 30,000 times
       "const n = 30000; const leb = [128 | n & 127, 128 | n >> 7 & 127, n >> 14];"
       "const section = (id, each) => { const l = 3 + n * each.length; return [id,"
       "128 | l & 127, 128 | l >> 7 & 127, l >> 14, ...leb, ...new Array(n).fill(each).flat()]; };"
       "new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0,"
       "...section(3, [0]), ...section(10, [2, 0, 11])]));"},
      {"a growable buffer",
       "const b = new SharedArrayBuffer(8, { maxByteLength: 2 ** 28 });"
       "for (;;) b.grow(Math.min(b.byteLength + 1e6, 2 ** 28));"},
      {"formatters", "for (;;) keep.push(new Intl.DateTimeFormat('de'));"},
      {"several, none of which is too much by itself",
       "keep.push(new Uint8Array(12e6));"
       "for (let i = 0; ; i++) if (i < 300) keep.push(new Intl.DateTimeFormat('de'));"},
      {"resizable buffers", "for (;;) keep.push(new ArrayBuffer(8, { maxByteLength: 1e5 }));"},
      {"a resizable buffer",
       "const b = new ArrayBuffer(8, { maxByteLength: 2 ** 28 });"
       "for (;;) { b.resize(Math.min(b.byteLength + 1e6, 2 ** 28)); new Uint8Array(b).fill(1); }"},
  }));
  CAPTURE(what);
  TestApp greedy("const keep = []; const fetch = () => { " + code + " };");
  TestApp modest("const fetch = () => new Response('fine');");
  TestEmbedder embedder;
  auto neighbour = modest.Boot(embedder, {.external_memory = kLimit});
  auto app = greedy.Boot(embedder, {.external_memory = kLimit});
  CHECK(GetAnswer(*app)->failed);
  CHECK(app->stopped());
  REQUIRE(embedder.stops.size() == 1);
  const Stop& stop = embedder.stops[0];
  CHECK(stop.reason == StopReason::kExternalMemory);
  CHECK(stop.limit == kLimit);
  CHECK(stop.used > kLimit);
  // That is compiled when its bytes are there, which nothing of the app's waits for on the stack.
  if (what != "streamed WebAssembly modules") {
    CHECK_THAT(stop.stack, Contains("    at "));
    // The innermost is the app's, whatever of the runtime's it has called.
    CHECK(stop.stack.find("app.js:") < stop.stack.find("nano:web"));
  }
  CHECK_THAT(Describe(stop), Contains("16 MiB") && Contains("(`limits.external_memory`)"));
  app.reset();
  CHECK(Get(*neighbour)->body == "fine");
}

TEST_CASE("garbage does not count as external memory") {
  WatchOnce();
  const std::string code = GENERATE(
      "for (let i = 0; i < 1e4; i++) new Uint8Array(1e5);",
      "for (let i = 0; i < 20; i++) new Uint8Array(12e6);",
      "for (let i = 0; i < 100; i++) new WebAssembly.Memory({ initial: 64 });",
      "const b = new ArrayBuffer(8, { maxByteLength: 12e6 });"
      "for (let i = 0; i < 100; i++) { b.resize(12e6); b.resize(0); }",
      "for (let i = 0; i < 100; i++) new ArrayBuffer(8, { maxByteLength: 8e6 }).resize(8e6);",
      MODULE "for (let i = 0; i < 100; i++) new WebAssembly.Module(code(1e6));",
      MODULE
      "const m = new WebAssembly.Module(code(3e6)); for (let i = 0; i < 100; i++)"
      "structuredClone(m, {}).x = new WebAssembly.Module(code(3e6));",
      "for (let i = 0; i < 300; i++) new CompressionStream('gzip');",
      "for (let i = 0; i < 3000; i++) new Intl.DateTimeFormat('de');",
      // Of an empty one, whose first bytes V8 does not ask for twice.
      "for (let i = 0; i < 100; i++) new ArrayBuffer(0, { maxByteLength: 8e6 }).resize(8e6);");
  CAPTURE(code);
  TestApp app("const fetch = () => { " + code + " return new Response('fine'); };");
  TestEmbedder embedder;
  auto booted = app.Boot(embedder, {.external_memory = kLimit});
  CHECK(Get(*booted)->body == "fine");
  CHECK(Get(*booted)->body == "fine");
  CHECK(embedder.stops.empty());
}

TEST_CASE("what a WebAssembly module takes is counted once, and given back") {
  TestApp app(MODULE
              "const m = new Uint8Array(code(3e6)); let keep = []; const steps = {"
              "async kept() { for (let i = 0; i < 20; i++) keep.push(new WebAssembly.Module(m),"
              " await WebAssembly.compile(m), structuredClone(keep[0]),"
              " (await WebAssembly.instantiate(m)).module); },"
              "async failed() { for (let i = 0; i < 20; i++) {"
              " const bad = new Uint8Array(4e6).fill(1);"
              " try { new WebAssembly.Module(bad); } catch {}"
              " await WebAssembly.compile(bad).catch(() => {});"
              " await WebAssembly.instantiate(bad).catch(() => {}); } },"
              "async dropped() { keep = []; } };"
              "const fetch = async ({ url }) => {"
              " await steps[new URL(url).pathname.slice(1)](); return new Response('fine'); };");
  TestEmbedder embedder;
  auto booted = app.Boot(embedder, {.external_memory = kLimit});
  for (const char* step : {"/kept", "/failed", "/dropped", "/kept"}) {
    CAPTURE(step);
    CHECK(GetAnswer(*booted, step)->body == "fine");
  }
  CHECK(embedder.stops.empty());
}

TEST_CASE("no WebAssembly module is made beside the count while another one is") {
  TestApp app(
      MODULE
      "const keep = []; let reads = 0; const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);"
      "const target = new Proxy(function () {}, { get() { if (reads++ > 0)"
      " keep.push(new WebAssembly.Module(code(1e6))); return Array.prototype; } });"
      "const fetch = () => { const { Module } = WebAssembly; class Mine extends Module {}"
      " let right = 0; for (let i = 0; i < 40; i++) {"
      " reads = 0; const made = Reflect.construct(Module, [empty], target);"
      " if (Object.getPrototypeOf(made) === Array.prototype) right++; }"
      " if (new Mine(empty) instanceof Mine && new Module(empty) instanceof Module) right++;"
      " return new Response(`${keep.length} ${right}`); };");
  TestEmbedder embedder;
  auto booted = app.Boot(embedder, {.external_memory = kLimit});
  CHECK(Get(*booted)->body == "0 41");
  CHECK(embedder.stops.empty());
}

TEST_CASE("functions without bodies do not count: such a module is malformed") {
  // 400,000 functions are claimed in 400 KB.
  const std::string code = GENERATE("", "10, 1, 0", "10, 4, 128, 181, 24, 0");
  CAPTURE(code);
  TestApp app(
      "const m = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0,"
      "3, 131, 181, 24, 128, 181, 24, ...new Array(4e5).fill(0), " +
      code +
      "]); const name = (error) => error.name; const fetch = async () => {"
      " const names = [await WebAssembly.compile(m).catch(name)];"
      " try { new WebAssembly.Module(m); } catch (error) { names.push(name(error)); }"
      " return new Response(names.join()); };");
  TestEmbedder embedder;
  auto booted = app.Boot(embedder, {.external_memory = kLimit});
  CHECK(GetAnswer(*booted)->body == "CompileError,CompileError");
  CHECK(embedder.stops.empty());
}

TEST_CASE("an app whose external memory comes near its limit is told of, once") {
  WatchOnce();
  TestApp app(
      "const keep = [new Uint8Array(12e6)]; const fetch = () => {"
      "keep[0].fill(1); for (const end = performance.now() + 50; performance.now() < end;);"
      "return new Response('fine'); };");
  TestEmbedder embedder;
  auto booted = app.Boot(embedder, {.external_memory = kLimit, .warn_at = 50});
  CHECK(Get(*booted)->body == "fine");
  CHECK(Get(*booted)->body == "fine");
  REQUIRE(embedder.near.size() == 1);
  CHECK(embedder.near[0].reason == StopReason::kExternalMemory);
  CHECK(embedder.near[0].used >= 12'000'000);
  CHECK_THAT(DescribeNear(embedder.near[0]), Contains("% of its limit, 16 MiB"));
  CHECK(embedder.stops.empty());
}

TEST_CASE("a buffer may outlive its isolate") {
  // The count of a request's calls is shared by isolates; here one outlives the other by a job.
  TestApp app(
      "const fetch = () => { crypto.subtle.digest('SHA-256', new Uint8Array(8e6));"
      "return new Response('fine'); };");
  TestEmbedder embedder;
  auto booted = app.Boot(embedder, {.external_memory = kLimit});
  CHECK(Get(*booted)->body == "fine");
  booted.reset();
}

}  // namespace
}  // namespace nano::runtime

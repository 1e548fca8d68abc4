// What of an app can be in its snapshot: whether it is deferred, which warm-up requests are left
// out, and what is told about either.
#include "compiler/build/app_heap.h"

#include <catch2/catch.hpp>
#include <string>

#include "compiler/evaluate/base_snapshot.h"
#include "tests/unit/temporary_directory.h"

namespace nano::compiler {
namespace {

using Catch::Contains;
using Catch::EndsWith;

constexpr char kGood[] = "export default { fetch: () => new Response('good') };\n";

const snapshot::Sections& Base() {
  static const snapshot::Container base = [] {
    Result<snapshot::Container> opened = OpenBaseSnapshot(BaseSnapshotPath());
    REQUIRE(opened.ok());
    return std::move(opened).value();
  }();
  return base.sections();
}

struct Fixture {
  test::TemporaryDirectory app;
  test::TemporaryDirectory scratch;
  HeapNotes notes;

  AppHeap Make(const std::string& source, const std::vector<std::string>& warmup = {}) {
    notes = {};
    app.Write("index.ts", source);
    const EntryPoint entry{.directory = app.path(), .file = app / "index.ts", .shown = "index.ts"};
    const StepContext context{.scratch = scratch.path(),
                              .deadline = Clock::now() + std::chrono::seconds(60),
                              .base_blob = Base().blob,
                              .absent = Base().source,
                              .color = false};
    const BundleResult bundled = BundleApp("app", entry, context);
    REQUIRE(bundled.errors.empty());
    std::vector<runtime::SampleRequest> requests;
    for (const std::string& target : warmup) {
      requests.push_back({});
      requests.back().target = target;
    }
    Result<AppHeap> heap =
        MakeHeap({context, entry, bundled.bundle, requests, std::chrono::seconds(60)}, notes);
    REQUIRE(heap.ok());
    return std::move(heap).value();
  }

  // Of a source whose app is deferred.
  Error Warning(const std::string& source) {
    const AppHeap heap = Make(source);
    CHECK(heap.deferred);
    CHECK(std::holds_alternative<runtime::AppSnapshot>(heap.evaluation.outcome));
    REQUIRE(notes.warnings.size() == 1);
    return notes.warnings[0];
  }
};

TEST_CASE("an app that a snapshot can hold is in it") {
  Fixture fixture;
  const AppHeap heap = fixture.Make(kGood, {"/a", "/b"});
  CHECK(!heap.deferred);
  CHECK(heap.warmed == std::vector<size_t>{0, 1});
  CHECK(std::holds_alternative<runtime::AppSnapshot>(heap.evaluation.outcome));
  CHECK(fixture.notes.warnings.empty());
  CHECK(fixture.notes.notes.empty());
}

TEST_CASE("whatever asks for what V8 lacks while it makes a snapshot defers the app") {
  Fixture fixture;
  for (const std::string use :
       {"typeof WebAssembly", "globalThis.Temporal", "Promise.try", "new Map().getOrInsert?.(1, 2)",
        "Object.getOwnPropertyDescriptor(Uint8Array.prototype, 'toHex')",
        "Object.defineProperty(RegExp, 'escape', { value: 1 })",
        "Object.defineProperties(RegExp, { escape: { value: 1 } })", "Object.freeze(Promise)",
        "new SharedArrayBuffer(8)", "((globalThis as any).DisposableStack = class {})"}) {
    INFO(use);
    const Error warning =
        fixture.Warning("const used =\n" + use + ";\n" +
                        "export default { fetch: () => new Response(`${used}`) };");
    CHECK_THAT(warning.message, Contains("is used at the top level"));
    CHECK_THAT(warning.where, Contains("index.ts:2:"));
  }
}

TEST_CASE("whether a name is there is answered as when requests are served") {
  Fixture fixture;
  const AppHeap heap = fixture.Make(
      "if (!('try' in Promise && Object.hasOwn(globalThis, 'WebAssembly') && "
      "Reflect.ownKeys(Map.prototype).includes('getOrInsert') && typeof SharedArrayBuffer === "
      "'function')) throw new Error('a name is missing');\n" +
      std::string(kGood));
  CHECK(!heap.deferred);
  CHECK(std::holds_alternative<runtime::AppSnapshot>(heap.evaluation.outcome));
}

TEST_CASE("what V8 cannot write defers the app, by its name and place") {
  Fixture fixture;
  Error warning = fixture.Warning(
      "const format = new Intl.DateTimeFormat('en');\n"
      "export default { fetch: () => new Response(format.format(0)) };\n");
  CHECK_THAT(warning.where, EndsWith("index.ts:1:16"));
  CHECK_THAT(warning.message, Contains("Intl.DateTimeFormat is alive"));
  CHECK_THAT(warning.hint, Contains("inside fetch"));
  warning = fixture.Warning(
      "const r = new FinalizationRegistry(() => {});\nr.register({}, 1);\n"
      "export default { fetch: () => new Response(String(r)) };\n");
  CHECK_THAT(warning.where, EndsWith("index.ts:2:3"));
  CHECK_THAT(warning.message, Contains("FinalizationRegistry"));
  // One that is gone when the snapshot is written is no obstacle.
  CHECK(!fixture
             .Make("export const zone = new Intl.DateTimeFormat('en').format(0);\n" +
                   std::string(kGood))
             .deferred);
}

TEST_CASE("a rejection that nobody handles defers the app") {
  Fixture fixture;
  const Error warning = fixture.Warning(
      "const start = async () => { await null;\n  throw new Error('no network'); };\n"
      "export const ready = start();\n" +
      std::string(kGood));
  CHECK_THAT(warning.message, Contains("nothing handles it: Error: no network"));
  CHECK_THAT(warning.where, EndsWith("index.ts:2:9"));
}

TEST_CASE("a deferred app whose top level never ends fails") {
  Fixture fixture;
  const AppHeap heap = fixture.Make("await WebAssembly.compile;\nawait new Promise(() => {});\n" +
                                    std::string(kGood));
  const auto* failure = std::get_if<runtime::ScriptFailure>(&heap.evaluation.outcome);
  REQUIRE(failure != nullptr);
  CHECK(failure->kind == runtime::ScriptFailure::Kind::kNeverSettled);
}

TEST_CASE("a warm-up request that would spoil the snapshot is left out") {
  Fixture fixture;
  const AppHeap heap = fixture.Make(
      "let kept: unknown, type: unknown;\nexport default { fetch(request: Request) {\n"
      "  if (request.url.endsWith('/intl')) kept ||= new Intl.NumberFormat('en');\n"
      "  if (request.url.endsWith('/wasm')) type ||= typeof WebAssembly;\n"
      "  return new Response(`${kept} ${type}`);\n} };\n",
      {"/", "/intl", "/wasm"});
  CHECK(!heap.deferred);
  CHECK(heap.warmed == std::vector<size_t>{0});
  REQUIRE(fixture.notes.skipped.size() == 2);
  std::string why;
  for (const SkippedWarmup& skipped : fixture.notes.skipped) why += skipped.why + "\n";
  CHECK_THAT(why, Contains("WebAssembly, which V8 lacks") && Contains("Intl.NumberFormat"));
  CHECK_THAT(why, Contains("index.ts:3:47"));
}

TEST_CASE("random numbers and times of the top level are told with their places") {
  Fixture fixture;
  const AppHeap heap = fixture.Make(
      "export const id = Math.random();\nexport const at = [Date.now(), new Date(), "
      "performance.now()];\nexport const then = new Date(0);\n" +
      std::string(kGood));
  CHECK(!heap.deferred);
  REQUIRE(fixture.notes.notes.size() == 2);
  CHECK_THAT(fixture.notes.notes[0].message, Contains("Math.random() at the top level"));
  CHECK_THAT(fixture.notes.notes[0].where, EndsWith("index.ts:1:24"));
  CHECK_THAT(fixture.notes.notes[1].message, Contains("Date.now() at the top level"));
  CHECK_THAT(fixture.notes.notes[1].hint, Contains("new Date()") && Contains("performance.now()"));
  CHECK_THAT(fixture.notes.notes[1].hint, !Contains("index.ts:3"));
}

}  // namespace
}  // namespace nano::compiler

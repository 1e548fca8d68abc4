// From an app's source to the error that its author reads: bundled, evaluated in a child and
// explained for real.
#include "compiler/explain/script_errors.h"

#include <catch2/catch.hpp>
#include <optional>

#include "compiler/evaluate/base_snapshot.h"
#include "compiler/explain/diagnosis.h"
#include "tests/unit/temporary_directory.h"

namespace nano::compiler {
namespace {

constexpr char kGood[] = "export default { fetch: () => new Response('good') };\n";

std::string_view BaseBlob() {
  static const snapshot::Container base = [] {
    Result<snapshot::Container> opened = OpenBaseSnapshot(BaseSnapshotPath());
    REQUIRE(opened.ok());
    return std::move(opened).value();
  }();
  return base.sections().blob;
}

struct Fixture {
  test::TemporaryDirectory app;
  test::TemporaryDirectory scratch;
  std::vector<LogLine> log;

  // Why the app cannot be built; none if it can.
  std::optional<Error> Explain(const std::string& source,
                               std::chrono::milliseconds timeout = std::chrono::seconds(60)) {
    const std::vector<runtime::SampleRequest> warmup;
    app.Write("index.ts", source);
    const EntryPoint entry{.directory = app.path(), .file = app / "index.ts", .shown = "index.ts"};
    StepContext context{.scratch = scratch.path(),
                        .deadline = Clock::now() + std::chrono::seconds(60),
                        .base_blob = BaseBlob(),
                        .color = false};
    const BundleResult bundled = BundleApp("app", entry, context);
    REQUIRE(bundled.errors.empty());
    const Bundle& bundle = bundled.bundle;
    context.deadline = Clock::now() + timeout;
    Result<Evaluation> evaluation = Evaluate(
        context, {.code = bundle.code, .script_name = bundle.script_name, .warmup = warmup});
    REQUIRE(evaluation.ok());
    log = evaluation->log;
    const FailedApp failed{context, entry, bundle, warmup, timeout};
    if (const auto* death = std::get_if<ChildDeath>(&evaluation->outcome)) {
      return ExplainDeath(failed, *death);
    }
    if (const auto* failure = std::get_if<runtime::ScriptFailure>(&evaluation->outcome)) {
      return ExplainFailure(failed, *failure);
    }
    return std::nullopt;
  }
};

using Catch::Contains;
using Catch::EndsWith;

TEST_CASE("an app that can be built, and what it logs") {
  Fixture fixture;
  CHECK(!fixture.Explain(std::string("console.log('hello');\n") + kGood));
  REQUIRE(fixture.log.size() == 1);
  CHECK(fixture.log[0].text == "hello");
}

TEST_CASE("a throw in a module has its place, frame and callers") {
  Fixture fixture;
  fixture.app.Write("lib/limit.ts",
                    "type N = number;\nexport function read(): N {\n"
                    "  throw new RangeError('no limit');\n}\n");
  const auto error =
      fixture.Explain(std::string("import { read } from './lib/limit';\nread();\n") + kGood);
  REQUIRE(error);
  CHECK_THAT(error->where, EndsWith("lib/limit.ts:3:9"));
  CHECK_THAT(error->message, Contains("RangeError: no limit"));
  CHECK_THAT(error->excerpt, Contains("> 3 |   throw new RangeError('no limit');"));
  CHECK_THAT(error->excerpt, Contains("at read (") && Contains("index.ts:2:1"));
}

TEST_CASE("a throw inside the Web APIs is shown where the app called them") {
  Fixture fixture;
  const auto error = fixture.Explain(std::string("\nconst u = new URL('nonsense');\n") + kGood);
  REQUIRE(error);
  CHECK_THAT(error->where, EndsWith("index.ts:2:11"));
}

TEST_CASE("a rejected top-level await") {
  Fixture fixture;
  const auto error =
      fixture.Explain(std::string("await Promise.reject(new Error('no config'));\n") + kGood);
  REQUIRE(error);
  CHECK_THAT(error->where, EndsWith("index.ts:1:22"));
  CHECK_THAT(error->message, Contains("Error: no config"));
  CHECK(fixture.log.empty());  // Not reported as an unhandled rejection besides.
}

TEST_CASE("what is thrown need not be an Error") {
  Fixture fixture;
  const auto error = fixture.Explain(std::string("const a = 1;\nif (a) throw 'text';\n") + kGood);
  REQUIRE(error);
  CHECK_THAT(error->where, EndsWith("index.ts:2:1"));
  CHECK_THAT(error->message, Contains("text"));
}

TEST_CASE("a top-level await that never settles is found among others") {
  Fixture fixture;
  const auto error = fixture.Explain(
      std::string("await 1;\nconst x = await new Promise(() => {});\nawait 3;\nconsole.log(x);\n") +
      kGood);
  REQUIRE(error);
  CHECK_THAT(error->where, EndsWith("index.ts:2:11"));
  CHECK_THAT(error->message, Contains("top-level await"));
}

TEST_CASE("no usable default export") {
  Fixture fixture;
  for (const char* source :
       {"export const fetch = 1;\n", "\n\nexport default { fetch: 1 };\n", ""}) {
    const auto error = fixture.Explain(source);
    REQUIRE(error);
    CHECK_THAT(error->message, Contains("default export"));
    CHECK_THAT(error->hint, Contains("export default {"));
    CHECK_THAT(error->where, Contains("index.ts:"));
  }
}

TEST_CASE("a package that needs Node.js is named") {
  Fixture fixture;
  fixture.app.Write("node_modules/@scope/pkg/package.json", R"({"main":"lib/index.js"})");
  fixture.app.Write("node_modules/@scope/pkg/lib/index.js", "module.exports = require('events');");
  const auto package =
      fixture.Explain(std::string("import e from '@scope/pkg'; console.log(e);\n") + kGood);
  REQUIRE(package);
  CHECK_THAT(package->hint, Contains("The package \"@scope/pkg\" needs Node.js"));
  const auto own = fixture.Explain(std::string("console.log(require('events'));\n") + kGood);
  REQUIRE(own);
  CHECK_THAT(own->hint, Contains("Use EventTarget"));
}

TEST_CASE("globals of other runtimes") {
  Fixture fixture;
  const auto process = fixture.Explain(std::string("console.log(process.argv);\n") + kGood);
  REQUIRE(process);
  CHECK_THAT(process->hint, Contains("fetch(request, env, ctx)"));
  const auto document = fixture.Explain(std::string("document.title;\n") + kGood);
  REQUIRE(document);
  CHECK_THAT(document->hint, Contains("typeof document"));
}

TEST_CASE("a loop at the top level is stopped and found") {
  Fixture fixture;
  const auto error = fixture.Explain(std::string("let n = 0;\nfor (;;) n++;\n") + kGood,
                                     std::chrono::milliseconds(700));
  REQUIRE(error);
  CHECK_THAT(error->message, Contains("700ms"));
  CHECK_THAT(error->where, EndsWith("index.ts:2:1"));
  CHECK_THAT(error->hint, Contains("--timeout"));
}

TEST_CASE("marks stand before statements of the top level only") {
  CHECK(MarkTopLevel("first();\nawait a();\n  await b();\nvar x = 1;\n}\n",
                     MarkedStatements::kAwaiting) ==
        "first();\nconsole.debug('__nano_trace__ 2'); await a();\n  await b();\nvar x = 1;\n}\n");
  CHECK(MarkTopLevel("a;\nb;\nvar awaiting;", MarkedStatements::kAll) ==
        "a;\nconsole.debug('__nano_trace__ 2'); b;\nconsole.debug('__nano_trace__ 3'); var "
        "awaiting;");
  CHECK(MarkTopLevel("a;\nawaiting;\nx.await;", MarkedStatements::kAwaiting) ==
        "a;\nawaiting;\nx.await;");
}

}  // namespace
}  // namespace nano::compiler

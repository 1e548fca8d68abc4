// Isolates that run scripts on the base snapshot alone.
#include "runtime/script_isolate.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime {
namespace {

using testing::BaseSnapshot;
using testing::TestEmbedder;

class Scripts {
 public:
  Scripts() {
    auto booted = ScriptIsolate::Boot({.image = &image_, .embedder = embedder});
    INFO((booted.ok() ? "" : booted.error().ToString()));
    REQUIRE(booted.ok());
    isolate = std::move(*booted);
    isolate->Define("report", [this](const std::vector<std::string>& arguments) {
      for (const std::string& argument : arguments) reported += argument + ";";
      return Result<std::string>(std::string());
    });
  }

  void Run(std::vector<std::string> sources) {
    std::vector<ScriptIsolate::Script> scripts;
    for (size_t i = 0; i < sources.size(); ++i) {
      scripts.push_back({.name = "script" + std::to_string(i), .source = sources[i]});
    }
    isolate->Run(scripts);
  }

  TestEmbedder embedder;
  std::string reported;
  std::unique_ptr<ScriptIsolate> isolate;

 private:
  const AppImage image_{.name = "base", .blob = BaseSnapshot(), .source = {}, .source_map = {}};
};

TEST_CASE("scripts share a global scope and run in one turn") {
  Scripts scripts;
  scripts.Run({"let a = 1; Promise.resolve().then(() => report('microtask'));",
               "report(a, typeof URL, 'ä€😀');"});
  CHECK(scripts.reported == "1;function;ä€😀;microtask;");
  scripts.Run({"report(++a)"});
  CHECK(scripts.reported == "1;function;ä€😀;microtask;2;");
}

TEST_CASE("what a script throws is reported, and the next one runs") {
  Scripts scripts;
  scripts.Run({
      "addEventListener('error', (event) => { report(event.error.name); event.preventDefault(); });"
      "reportError = null;",
      "throw new RangeError('a')",
      "this is no script",
      "report('last')",
  });
  CHECK(scripts.reported == "RangeError;SyntaxError;last;");
  CHECK(scripts.embedder.log.empty());
}

TEST_CASE("without a listener it is logged, with its stack") {
  Scripts scripts;
  scripts.Run({"(function f() { throw new Error('b'); })()"});
  CHECK(scripts.embedder.log.find("Uncaught Error: b") != std::string::npos);
  CHECK(scripts.embedder.log.find("at f (script0:1:") != std::string::npos);
  scripts.Run({"Promise.reject(new Error('c'))"});
  CHECK(scripts.embedder.log.find("Error: c") != std::string::npos);
}

TEST_CASE("native functions give bytes or throw") {
  Scripts scripts;
  scripts.isolate->Define("read",
                          [](const std::vector<std::string>& arguments) -> Result<std::string> {
                            if (arguments.empty()) return Error{"nothing to read", "", ""};
                            return arguments[0] + std::string("\0\xff", 2);
                          });
  scripts.Run({
      "report(new Uint8Array(read('ab')).join());",
      "try { read(); } catch (error) { report(error instanceof Error, error.message); }",
      "try { read({ toString() { throw 1; } }); report('none') } catch (thrown) { report(thrown); "
      "}",
  });
  CHECK(scripts.reported == "97,98,0,255;true;nothing to read;1;");
}

TEST_CASE("timers are the embedder's, and garbage can be collected from within a script") {
  Scripts scripts;
  scripts.isolate->Define("gc", [&](const std::vector<std::string>&) {
    scripts.isolate->CollectGarbage();
    return Result<std::string>(std::string());
  });
  scripts.Run({
      "setTimeout(() => { gc(); report(ref.deref() === undefined); }, 0);",
      "var ref = new WeakRef({});",
  });
  CHECK(scripts.embedder.timer_delay >= 0);
  CHECK(scripts.reported.empty());
  // Not before its millisecond is over.
  while (scripts.reported.empty()) scripts.isolate->FireTimers();
  CHECK(scripts.reported == "true;");
}

}  // namespace
}  // namespace nano::runtime

// Which modules are strict and which are sloppy in the script that is made of them.
#include "compiler/bundle/module_layout.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>

#include "compiler/bundle/bundler.h"
#include "tests/unit/temporary_directory.h"

namespace nano::compiler {
namespace {

struct Fixture {
  test::TemporaryDirectory app;
  test::TemporaryDirectory scratch;

  BundleResult Bundle() {
    const EntryPoint point{.directory = app.path(), .file = app / "index.js", .shown = "index.js"};
    const StepContext context{.scratch = scratch.path(),
                              .deadline = Clock::now() + std::chrono::seconds(60),
                              .base_blob = {},
                              .color = false};
    return BundleApp("app", point, context);
  }
};

size_t Find(const BundleResult& result, std::string_view part) {
  REQUIRE(result.errors.empty());
  const size_t at = result.bundle.code.find(part);
  REQUIRE(at != std::string::npos);
  return at;
}

constexpr std::string_view kStrict = "return (async () => { \"use strict\";\n";

TEST_CASE("a sloppy CommonJS module stands outside of the strict function, ES modules inside") {
  Fixture fixture;
  fixture.app.Write("index.js", "import a from './a.cjs';\nexport default { strict: a };\n");
  fixture.app.Write("a.cjs", "undeclared = require('./esm.mjs').x;\nmodule.exports = this;\n");
  fixture.app.Write("esm.mjs", "export const x = 'esm';\n");
  const BundleResult result = fixture.Bundle();
  const size_t strict = Find(result, kStrict);
  CHECK(Find(result, "undeclared = ") < strict);
  CHECK(Find(result, "let init_esm; ") < strict);
  CHECK(Find(result, "let esm_exports; ") < strict);
  CHECK(Find(result, "\n    init_esm = __esm({") > strict);
  CHECK(Find(result, "x = \"esm\"") > strict);
  CHECK(Find(result, "{ strict: ") > strict);
}

TEST_CASE("nothing moves where nothing is sloppy") {
  Fixture fixture;
  fixture.app.Write("index.js", "import a from './a.cjs';\nexport default { a };\n");
  fixture.app.Write("a.cjs", "// Compiled.\n'use strict';\nexports.a = 1;\n");
  const BundleResult result = fixture.Bundle();
  REQUIRE(result.errors.empty());
  CHECK(result.bundle.code.find(kStrict) == std::string::npos);
  CHECK(Find(result, "\"use strict\"; let __nano_app;") < result.bundle.code.find('\n'));
}

TEST_CASE("a file of neither kind is sloppy, unless it says otherwise") {
  Fixture fixture;
  fixture.app.Write("index.js", "import './a.js';\nimport './b.js';\nexport default {};\n");
  fixture.app.Write("a.js", "sloppyOne = 1;\n");
  fixture.app.Write("b.js", "#!/usr/bin/env node\n/* … */ \"use strict\";\nstrictOne = 1;\n");
  const BundleResult result = fixture.Bundle();
  const size_t strict = Find(result, kStrict);
  CHECK(Find(result, "sloppyOne = 1") < strict);
  CHECK(Find(result, "strictOne = 1") > strict);
  const size_t name = Find(result, "function __nano_script_") + std::string("function ").size();
  const std::string call =
      result.bundle.code.substr(name, result.bundle.code.find('(', name) - name);
  CHECK(Find(result, "\n" + call + "();\n") > strict);
}

TEST_CASE("a module that mixes import and module.exports is an ES module") {
  Fixture fixture;
  fixture.app.Write("index.js", "import a from './a.cjs';\nexport default { a };\n");
  fixture.app.Write("a.cjs", "undeclared = 1;\nmodule.exports = require('./mixed.js');\n");
  fixture.app.Write("mixed.js", "import { y } from './y.js';\nmodule.exports = y;\n");
  fixture.app.Write("y.js", "export const y = 'why';\n");
  const BundleResult result = fixture.Bundle();
  const size_t strict = Find(result, kStrict);
  CHECK(Find(result, "let require_mixed; ") < strict);
  CHECK(Find(result, "module.exports = y") > strict);
}

TEST_CASE("what strict mode forbids can be bundled, but not beside top-level await") {
  Fixture fixture;
  fixture.app.Write("index.js", "import a from './a.cjs';\nexport default { a };\n");
  fixture.app.Write("a.cjs",
                    "with ({ x: 1 }) { exports.x = x; }\nexports.octal = '\\101';\n"
                    "exports.f = function (p, p) { return p; };\n");
  CHECK(Find(fixture.Bundle(), "with ({ x: 1 })") < Find(fixture.Bundle(), kStrict));
  fixture.app.Write("index.js", "import a from './a.cjs';\nawait 1;\nexport default { a };\n");
  const BundleResult result = fixture.Bundle();
  REQUIRE(result.errors.size() == 1);
  CHECK(result.errors[0].message.starts_with("top-level await cannot be used beside"));
}

TEST_CASE("text that looks like a module's head is text") {
  Fixture fixture;
  fixture.app.Write("index.js",
                    "import a from './a.cjs';\nexport const t = `\n// x.js\n});\n`;\n"
                    "export default { a, t };\n");
  fixture.app.Write("a.cjs", "undeclared = `\n});\nvar init_x = {};\n`;\n");
  const BundleResult result = fixture.Bundle();
  CHECK(Find(result, "\n});\nvar init_x = {};\n") < Find(result, kStrict));
  CHECK(Find(result, "`\n// x.js\n});\n`") > Find(result, kStrict));
}

TEST_CASE("the map follows the lines that moved") {
  Fixture fixture;
  fixture.app.Write("index.js",
                    "export const before = 'esm marker';\nimport a from './a.cjs';\n"
                    "export default { a };\n");
  fixture.app.Write("a.cjs", "\nundeclared = 'cjs marker';\n");
  const BundleResult result = fixture.Bundle();
  for (const auto& [text, source, line] :
       {std::tuple("\"esm marker\"", "index.js", 1u), std::tuple("\"cjs marker\"", "a.cjs", 2u)}) {
    const std::string& code = result.bundle.code;
    const size_t at = Find(result, text);
    const auto number =
        static_cast<uint32_t>(1 + std::count(code.begin(), code.begin() + at, '\n'));
    const auto column = static_cast<uint32_t>(at - code.rfind('\n', at));
    const auto position = result.bundle.source_map().Lookup(number, column);
    REQUIRE(position);
    CHECK(position->source == source);
    CHECK(position->line == line);
  }
}

TEST_CASE("output of another form is refused") {
  const std::string metafile =
      R"({"inputs":{"a.cjs":{"format":"cjs","imports":[]}},"outputs":{"app.js":{"inputs":{"a.cjs":{}}}}})";
  const Metafile parsed = Metafile::Parse(metafile, "app.js");
  const auto layout = ArrangeModules("// b\n\n// a.cjs\nundeclared = 1;\n// e\n", parsed, "/");
  REQUIRE_FALSE(layout.ok());
  CHECK(layout.error().message.find("a.cjs is not in one function") != std::string::npos);
}

}  // namespace
}  // namespace nano::compiler

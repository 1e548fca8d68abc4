// What cannot be had: an error of the build where it is imported by a statement, an exception at
// run time where it is asked for by a call; nothing where it is only a type.
#include "compiler/bundle/missing_modules.h"

#include <catch2/catch.hpp>

#include "tests/unit/compiler/bundle/bundle_fixture.h"

namespace nano::compiler {
namespace {

using Fixture = testing::BundleFixture;
using testing::Contains;

TEST_CASE("imports that only types need are no imports") {
  Fixture fixture;
  fixture.app.Write("index.ts",
                    "import { Env } from './types';\nimport { a } from './nowhere';\n"
                    "import x from 'https://example.com/x';\nexport { Other } from './types';\n"
                    "export default { fetch(e: Env) {} };\n");
  fixture.app.Write("types.ts", "export interface Env {}\nexport type Other = 1;\n");
  const BundleResult result = fixture.Bundle();
  CHECK(result.errors.empty());
  CHECK(!Contains(result.bundle.code, "require"));
}

TEST_CASE("calls for what is not there stay, each with who makes it") {
  Fixture fixture;
  fixture.app.Write("index.js",
                    "import 'a';\ntry { require('optional'); } catch {}\n"
                    "const f = () => import(/* lazy */ 'node:os');\n"
                    "export default { f };\n");
  fixture.app.Write("node_modules/a/package.json", "{\"name\":\"a\",\"main\":\"a.js\"}");
  fixture.app.Write("node_modules/a/a.js",
                    "exports.a = (x) => x ? require('fs') : require.resolve('peer');\n"
                    "exports.b = (x) => require(x);\n");
  const BundleResult result = fixture.Bundle("index.js");
  REQUIRE(result.errors.empty());
  const std::string& code = result.bundle.code;
  CHECK(Contains(code, "\"fs\": [\"node_modules/a/a.js\"]"));
  CHECK(Contains(code, "\"node:os\": [\"index.js\"]"));
  CHECK(Contains(code, "\"optional\": [\"index.js\"]"));
  CHECK(!Contains(code, "import("));
  // The app's own are told of, a package's are not.
  REQUIRE(result.warnings.size() == 1);
  CHECK(Contains(result.warnings[0].message, "node:os"));
  CHECK(Contains(result.warnings[0].where, "index.js:3:35"));
}

TEST_CASE("a statement's missing module is an error with its place, whatever calls ask for it") {
  Fixture fixture;
  fixture.app.Write("index.js",
                    "const f = () => require('node:fs');\nimport fs from 'node:fs';\n"
                    "export default { f, fs };\n");
  const BundleResult result = fixture.Bundle("index.js");
  REQUIRE(result.errors.size() == 1);
  CHECK(Contains(result.errors[0].where, "index.js:2:16"));
  CHECK(Contains(result.errors[0].message, "is a module of Node.js"));
}

TEST_CASE("an import of a URL has a place") {
  Fixture fixture;
  fixture.app.Write("index.ts",
                    "// A comment.\nimport x from \"https://example.com/x.js\";\n"
                    "console.log(x);\n");
  const BundleResult result = fixture.Bundle();
  REQUIRE(result.errors.size() == 1);
  CHECK(Contains(result.errors[0].where, "index.ts:2:15"));
  CHECK(Contains(result.errors[0].excerpt, "> 2 |"));
}

TEST_CASE("a package whose name ends with a slash") {
  Fixture fixture;
  fixture.app.Write("index.js", "import { B } from 'buffer/';\nexport default { B };\n");
  const BundleResult missing = fixture.Bundle("index.js");
  REQUIRE(missing.errors.size() == 1);
  CHECK(Contains(missing.errors[0].ToString(), "npm install buffer`"));
  fixture.app.Write("node_modules/buffer/index.js", "exports.B = 1;\n");
  CHECK(fixture.Bundle("index.js").errors.empty());
}

TEST_CASE("JSX is for the package that the app depends on") {
  const auto bundle = [](const std::string& manifest, const std::string& source) {
    Fixture fixture;
    fixture.app.Write("package.json", manifest);
    for (const char* name : {"react", "preact", "hono/jsx"}) {
      const std::string folder = "node_modules/" + std::string(name);
      fixture.app.Write(folder + "/jsx-runtime.js",
                        "export const jsx = '" + std::string(name) + "';\n");
      fixture.app.Write(folder + "/package.json", "{}");
    }
    fixture.app.Write("node_modules/hono/package.json", "{}");
    fixture.app.Write("index.jsx", source);
    const BundleResult result = fixture.Bundle("index.jsx");
    CHECK(result.errors.empty());
    CHECK(result.warnings.empty());
    return result.bundle.code;
  };
  const std::string element = "export default <a />;\n";
  CHECK(Contains(bundle(R"({"dependencies":{"preact":"10"}})", element), "jsx = \"preact\""));
  CHECK(Contains(bundle(R"({"dependencies":{"hono":"4"}})", element), "jsx = \"hono/jsx\""));
  CHECK(Contains(bundle(R"({"dependencies":{"react":"19","hono":"4"}})", element),
                 "jsx = \"react\""));
  CHECK(Contains(bundle("{}", element), "jsx = \"react\""));
  CHECK(Contains(bundle("{}", "/** @jsx h */\nconst h = 1;\n" + element), "h(\"a\""));
}

TEST_CASE("JSX is for the package that is installed, by the app or above it") {
  struct Case {
    std::vector<std::string> packages;  // Folders that are installed.
    std::string expected;
  };
  const Case cases[] = {
      {{"node_modules/react"}, "jsx = \"react\""},
      {{"node_modules/preact"}, "jsx = \"preact\""},
      {{"node_modules/react", "node_modules/preact"}, "jsx = \"react\""},
      // Of a monorepo, where packages are installed above the app.
      {{"../node_modules/react"}, "jsx = \"react\""},
      {{"../node_modules/preact"}, "jsx = \"preact\""},
      {{"../node_modules/react", "node_modules/preact"}, "jsx = \"preact\""},
      {{}, "React.createElement(\"a\""},
  };
  for (const Case& installed : cases) {
    for (const char* entry : {"index.jsx", "index.tsx"}) {
      test::TemporaryDirectory root;
      root.Write("web/package.json", R"({"name":"web"})");
      for (const std::string& package : installed.packages) {
        const std::string name = package.substr(package.rfind('/') + 1);
        const std::string folder = "web/" + package;
        root.Write(folder + "/jsx-runtime.js", "export const jsx = '" + name + "';\n");
        root.Write(folder + "/package.json", "{}");
      }
      root.Write(std::string("web/") + entry, "export default <a />;\n");
      Fixture fixture;
      const EntryPoint point{
          .directory = root / "web", .file = root / (std::string("web/") + entry), .shown = entry};
      const StepContext context{.scratch = fixture.scratch.path(),
                                .deadline = Clock::now() + std::chrono::seconds(60),
                                .base_blob = {},
                                .color = false};
      const BundleResult result = BundleApp("app", point, context);
      CAPTURE(installed.expected, entry);
      CHECK(result.errors.empty());
      CHECK(Contains(result.bundle.code, installed.expected));
    }
  }
}

}  // namespace
}  // namespace nano::compiler

// Reading what esbuild tells of a bundle.
#include "compiler/bundle/metafile.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/json.h"

namespace nano::compiler {
namespace {

TEST_CASE("modules of a bundle come with their imports, in order") {
  const Metafile metafile = Metafile::Parse(R"({
    "inputs": {
      "src/b.ts": {"bytes": 3, "format": "esm", "imports": [
        {"path": "src/a.js", "kind": "import-statement", "original": "./a.js"},
        {"path": "node:fs", "kind": "dynamic-import", "external": true}]},
      "src/a.js": {"bytes": 2, "format": "cjs", "imports": []},
      "src/gone.ts": {"bytes": 2, "imports": []}},
    "outputs": {
      "out/app.js.map": {"inputs": {}},
      "out/app.js": {"inputs": {"src/b.ts": {}, "src/a.js": {}},
        "imports": [{"path": "node:fs", "kind": "dynamic-import", "external": true},
                    {"path": "x", "kind": "import-statement"}]}}})",
                                            "app.js");
  REQUIRE(metafile.modules.size() == 3);
  CHECK(metafile.modules[0].path == "src/a.js");
  CHECK(metafile.modules[0].format == BundledModule::Format::kCommonJs);
  CHECK(metafile.modules[1].format == BundledModule::Format::kEsm);
  CHECK(metafile.modules[1].HasImportStatements());
  CHECK(metafile.modules[1].imports.at(0).specifier == "./a.js");
  CHECK(metafile.modules[1].imports.at(1).external);
  CHECK(metafile.modules[1].in_output);
  CHECK_FALSE(metafile.modules[2].in_output);
  REQUIRE(metafile.externals.size() == 1);
  CHECK(metafile.externals[0].path == "node:fs");
  CHECK(metafile.Find("src/b.ts") == &metafile.modules[1]);
  CHECK(metafile.Find("src/c.ts") == nullptr);
  CHECK(Metafile::Parse("{", "app.js").modules.empty());
  CHECK(Metafile::Parse("[]", "app.js").modules.empty());
}

TEST_CASE("bundles may have very many modules") {
  constexpr int kModules = 20'000;
  Json::Object inputs;
  for (int i = 0; i < kModules; ++i) {
    inputs.push_back({"src/" + std::to_string(i) + ".ts", Json::Object{{"format", "esm"}}});
  }
  const Json json =
      Json::Object{{"inputs", inputs},
                   {"outputs", Json::Object{{"out/app.js", Json::Object{{"inputs", inputs}}}}}};
  const Metafile metafile = Metafile::Parse(json.ToString(), "app.js");
  REQUIRE(metafile.modules.size() == kModules);
  int found = 0;
  for (const BundledModule& module : metafile.modules) {
    found += module.in_output && metafile.Find(module.path) == &module ? 1 : 0;
  }
  CHECK(found == kModules);
}

}  // namespace
}  // namespace nano::compiler

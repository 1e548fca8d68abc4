// Inputs of a bundle: whatever would make another bundle is noticed, and nothing else.
#include "compiler/inputs.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <thread>

#include "tests/unit/compiler/bundle_fixture.h"

using namespace nano;
using namespace nano::compiler;
using compiler::testing::BundleFixture;
namespace fs = std::filesystem;

namespace {

// An app in a repository with packages, some of them linked, and a sibling that it imports from.
struct Repository {
  test::TemporaryDirectory root;
  test::TemporaryDirectory scratch;

  Repository() {
    root.Write("tsconfig.base.json", R"({"compilerOptions":{"jsx":"react"}})");
    root.Write("node_modules/far/package.json", R"({"main":"lib/main.js"})");
    root.Write("node_modules/far/lib/main.js",
               "module.exports = require('./part'); try { require('optional'); } catch {}");
    root.Write("node_modules/far/lib/part.js", "exports.a = 1;");
    root.Write("node_modules/@scope/one/index.js", "exports.b = 2;");
    root.Write("store/linked@1/index.js", "exports.c = 3;");
    root.Write("store/linked@2/index.js", "exports.c = 4;");
    fs::create_directory_symlink(root / "store/linked@1", root / "node_modules/linked");
    root.Write("shared/src/util/index.ts", "export const d = 4;");
    root.Write("apps/app/tsconfig.json", "{ /* ours */ \"extends\": \"../../tsconfig.base\", }");
    root.Write(
        "apps/app/src/index.ts",
        "import { a } from 'far'; import { b } from '@scope/one'; import { c } from 'linked';\n"
        "import { d } from '../../../shared/src/util'; import { e } from './e';\n"
        "import text from './text.md';\n"
        "export default { a, b, c, d, e, text };");
    root.Write("apps/app/src/e/index.ts", "export const e = 5;");
    root.Write("apps/app/src/text.md", "text");
  }

  EntryPoint entry() const {
    const std::string directory = fs::canonical(root / "apps/app").string();
    return {.directory = directory, .file = directory + "/src/index.ts", .shown = "src/index.ts"};
  }

  std::optional<std::vector<Input>> Record(
      std::chrono::system_clock::time_point begin = std::chrono::system_clock::now() +
                                                    std::chrono::hours(1)) const {
    const EntryPoint point = entry();
    const BuildContext context{.scratch = scratch.path(),
                               .deadline = Clock::now() + std::chrono::seconds(60),
                               .base_blob = {},
                               .absent = {}};
    const BundleResult result = BundleApp("app", point, context);
    for (const Error& error : result.errors) FAIL(error.ToString());
    return RecordInputs(result.metafile, point, begin);
  }
};

}  // namespace

TEST_CASE("what would make another bundle is noticed") {
  using Change = std::function<void(const test::TemporaryDirectory&)>;
  const auto write = [](const char* name, const char* text) -> Change {
    return [=](const test::TemporaryDirectory& root) { root.Write(name, text); };
  };
  const std::pair<const char*, Change> changes[] = {
      {"the entry", write("apps/app/src/index.ts", "export default 1;")},
      {"a module", write("apps/app/src/e/index.ts", "export const e = 6;")},
      {"an asset", write("apps/app/src/text.md", "other")},
      {"a module of a package", write("node_modules/far/lib/part.js", "exports.a = 2;")},
      {"a module outside", write("shared/src/util/index.ts", "export const d = 5;")},
      {"a package's manifest", write("node_modules/far/package.json", R"({"main":"lib/part.js"})")},
      {"the app's manifest", write("apps/app/package.json", R"({"sideEffects":false})")},
      {"a manifest above", write("package.json", R"({"sideEffects":false})")},
      {"tsconfig.json", write("apps/app/tsconfig.json", "{}")},
      {"an extended tsconfig", write("tsconfig.base.json", "{}")},
      {"a file that shadows a folder", write("apps/app/src/e.ts", "export const e = 7;")},
      {"one outside", write("shared/src/util.ts", "export const d = 8;")},
      {"a nearer package", write("apps/app/node_modules/far/index.js", "exports.a = 9;")},
      {"one of a scope", write("apps/node_modules/@scope/one/index.js", "exports.b = 9;")},
      {"a package that was missing", write("node_modules/optional/index.js", "")},
      {"a removed module",
       [](const test::TemporaryDirectory& root) {
         fs::remove(root / "node_modules/far/lib/part.js");
       }},
      {"a link that leads elsewhere",
       [](const test::TemporaryDirectory& root) {
         fs::remove(root / "node_modules/linked");
         fs::create_directory_symlink(root / "store/linked@2", root / "node_modules/linked");
       }},
  };
  for (const auto& [what, change] : changes) {
    INFO(what);
    const Repository repository;
    const auto inputs = repository.Record();
    REQUIRE(inputs.has_value());
    CHECK(AreUnchanged(*inputs, repository.entry().directory));
    change(repository.root);
    CHECK_FALSE(AreUnchanged(*inputs, repository.entry().directory));
  }
}

TEST_CASE("what has no part in a bundle changes nothing") {
  const Repository repository;
  const auto inputs = repository.Record();
  REQUIRE(inputs.has_value());
  const test::TemporaryDirectory& root = repository.root;
  root.Write("apps/app/dist/manifest.json", "{}");
  root.Write("apps/other/index.ts", "export default 1;");
  root.Write("apps/app/.cache/file", "");
  root.Write("node_modules/far/docs/index.html", "");
  root.Write("apps/app/src/index.ts", root.Read("apps/app/src/index.ts"));  // The same again.
  CHECK(AreUnchanged(*inputs, repository.entry().directory));
}

TEST_CASE("a record holds for another checkout") {
  const Repository one;
  const Repository other;
  const auto inputs = one.Record();
  REQUIRE(inputs.has_value());
  // But for the links, which lead into the checkout itself here.
  fs::remove(one.root / "node_modules/linked");
  fs::remove(other.root / "node_modules/linked");
  for (const Repository* repository : {&one, &other}) {
    fs::create_directory_symlink("../store/linked@1", repository->root / "node_modules/linked");
  }
  const auto relative = one.Record();
  REQUIRE(relative.has_value());
  CHECK(AreUnchanged(*relative, other.entry().directory));
}

TEST_CASE("aliases are looked for wherever they may be") {
  Repository repository;
  repository.root.Write("apps/app/tsconfig.json",
                        R"({"compilerOptions":{"paths":{"@/*":["./new/*","./src/*"]}}})");
  repository.root.Write("apps/app/src/index.ts", "export { e as default } from '@/e';");
  repository.root.Write("apps/app/new/other.ts", "");
  const auto inputs = repository.Record();
  REQUIRE(inputs.has_value());
  CHECK(AreUnchanged(*inputs, repository.entry().directory));
  repository.root.Write("apps/app/new/e.ts", "export const e = 1;");
  CHECK_FALSE(AreUnchanged(*inputs, repository.entry().directory));
}

TEST_CASE("inputs that cannot be known are not recorded") {
  const Repository repository;
  SECTION("one that changed while the bundle was made") {
    CHECK_FALSE(repository.Record(std::chrono::system_clock::now() - std::chrono::hours(1)));
  }
  SECTION("packages that are in no folder") {
    repository.root.Write(".pnp.cjs", "");
    CHECK_FALSE(repository.Record());
  }
  SECTION("NODE_PATH") {
    setenv("NODE_PATH", "/usr/lib/nodejs", 1);
    const auto inputs = repository.Record();
    unsetenv("NODE_PATH");
    CHECK_FALSE(inputs);
  }
}

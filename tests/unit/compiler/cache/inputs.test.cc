// Inputs of a bundle: whatever would make another bundle is noticed, and what has no part in it is
// not.
#include "compiler/cache/inputs.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>

#include "compiler/cache/build_cache.h"
#include "tests/unit/compiler/bundle/bundle_fixture.h"

using namespace nano;
using namespace nano::compiler;
namespace fs = std::filesystem;

namespace {

using Root = test::TemporaryDirectory;

std::chrono::system_clock::time_point Later() {
  return std::chrono::system_clock::now() + std::chrono::hours(1);
}

// An app in a repository with packages, some of them linked, and a sibling that it imports from.
struct Repository {
  Root root;
  Root scratch;
  const BuildCache cache{};

  Repository() {
    root.Write("tsconfig.base.json", R"({"compilerOptions":{"jsx":"react"}})");
    root.Write("node_modules/far/package.json", R"({"main":"lib/main.js"})");
    root.Write("node_modules/far/lib/main.js",
               "module.exports = require('./part'); try { require('optional'); } catch {}\n"
               "try { require('./later/one'); } catch {} try { require('unbuilt'); } catch {}");
    root.Write("node_modules/far/lib/part.js", "exports.a = 1;");
    root.Write("node_modules/@scope/one/index.js", "exports.b = 2;");
    root.Write("node_modules/unbuilt/package.json", R"({"main":"dist/index.js"})");
    fs::create_directories(root / "node_modules/empty");
    root.Write("store/linked@1/index.js", "exports.c = 3;");
    root.Write("store/linked@2/index.js", "exports.c = 4;");
    fs::create_directory_symlink("linked@1", root / "store/current");
    fs::create_directory_symlink("../store/current", root / "node_modules/linked");
    root.Write("shared/src/util/index.ts", "export const d = 4;");
    root.Write("apps/app/tsconfig.json",
               "{ /* ours */ \"extends\": \"../../tsconfig.base\", \"compilerOptions\":\n"
               "{\"paths\": {\"@/*\": [\"./over/*\", \"../../over/*\", \"./src/*\"]}}, }");
    root.Write("apps/app/src/index.ts",
               "import { a } from 'far'; import { b } from '@scope/one'; import { c } from "
               "'linked';\n"
               "import { d } from '../../../shared/src/util'; import { e } from '@/e';\n"
               "import text from './text.md'; import odd from './odd?.ts';\n"
               "try { require('empty'); } catch {} try { require('#opt'); } catch {}\n"
               "export default { a, b, c, d, e, text, odd };");
    root.Write("apps/app/src/e/index.ts", "export const e = 5;");
    root.Write("apps/app/src/text.md", "text");
    root.Write("apps/app/package.json", R"({"imports":{"#opt":"./src/chosen.js"}})");
    root.Write("apps/app/src/odd?.ts", "export default 1;");
  }

  EntryPoint entry() const {
    const std::string directory = fs::canonical(root / "apps/app").string();
    return {.directory = directory, .file = directory + "/src/index.ts", .shown = "src/index.ts"};
  }

  std::optional<Inputs> Record(std::chrono::system_clock::time_point begin = Later()) const {
    const EntryPoint point = entry();
    const StepContext context{.scratch = scratch.path(),
                              .deadline = Clock::now() + std::chrono::seconds(60),
                              .base_blob = {},
                              .absent = {},
                              .record_lookups = true};
    const BundleResult result = BundleApp("app", point, context);
    for (const Error& error : result.errors) FAIL(error.ToString());
    REQUIRE(result.lookups.has_value());
    return RecordInputs(*result.lookups, result.metafile, point, scratch.path(), begin);
  }
};

struct Change {
  const char* what;
  std::function<void(const Root&)> make;
};

Change Write(const char* what, const char* name, const char* text) {
  return {what, [=](const Root& root) { root.Write(name, text); }};
}

void Relink(const fs::path& link, const char* target) {
  fs::remove(link);
  fs::create_directory_symlink(target, link);
}

}  // namespace

TEST_CASE("what would make another bundle is noticed") {
  const Change changes[] = {
      Write("the entry", "apps/app/src/index.ts", "export default 1;"),
      Write("a module", "apps/app/src/e/index.ts", "export const e = 6;"),
      Write("an asset", "apps/app/src/text.md", "other"),
      Write("a module of an odd name", "apps/app/src/odd?.ts", "export default 2;"),
      Write("a module of a package", "node_modules/far/lib/part.js", "exports.a = 2;"),
      Write("a module outside", "shared/src/util/index.ts", "export const d = 5;"),
      Write("a package's manifest", "node_modules/far/package.json", R"({"main":"lib/part.js"})"),
      Write("the app's manifest", "apps/app/package.json", R"({"sideEffects":false})"),
      Write("a manifest above", "package.json", R"({"sideEffects":false})"),
      Write("tsconfig.json", "apps/app/tsconfig.json",
            R"({"compilerOptions":{"paths":{"@/*":["./src/*"]}}})"),
      Write("an extended tsconfig", "tsconfig.base.json", "{}"),
      Write("a file that shadows a folder", "apps/app/src/e.ts", "export const e = 7;"),
      Write("one outside", "shared/src/util.ts", "export const d = 8;"),
      Write("an alias in a new folder", "apps/app/over/e.ts", "export const e = 8;"),
      Write("an alias in a new folder outside", "over/e.ts", "export const e = 8;"),
      Write("a nearer package", "apps/app/node_modules/far/index.js", "exports.a = 9;"),
      Write("one of a scope", "apps/node_modules/@scope/one/index.js", "exports.b = 9;"),
      Write("what the app's manifest names", "apps/app/src/chosen.js", ""),
      Write("a package that was missing", "node_modules/optional/index.js", ""),
      Write("a file that was missing", "node_modules/far/lib/later/one.js", ""),
      Write("a package that was not built", "node_modules/unbuilt/dist/index.js", ""),
      Write("a package that was empty", "node_modules/empty/index.js", ""),
      {"a removed module",
       [](const Root& root) { fs::remove(root / "node_modules/far/lib/part.js"); }},
      {"a link that leads elsewhere",
       [](const Root& root) { Relink(root / "node_modules/linked", "../store/linked@2"); }},
      {"a link on the way", [](const Root& root) { Relink(root / "store/current", "linked@2"); }},
  };
  for (const Change& change : changes) {
    INFO(change.what);
    const Repository repository;
    const auto inputs = repository.Record();
    REQUIRE(inputs.has_value());
    CHECK(AreUnchanged(*inputs, repository.entry().directory));
    change.make(repository.root);
    CHECK_FALSE(AreUnchanged(*inputs, repository.entry().directory));
  }
}

TEST_CASE("what has no part in a bundle changes nothing") {
  const Repository repository;
  const auto inputs = repository.Record();
  REQUIRE(inputs.has_value());
  const Root& root = repository.root;
  for (const char* name :
       {"apps/app/dist/manifest.json", "apps/app/NOTES.md", "apps/app/src/.index.ts.swp",
        "apps/other/index.ts", "apps/app/.cache/file", "node_modules/.cache/file",
        "node_modules/unrelated/index.js", "node_modules/far/docs/index.html", "README.md"}) {
    INFO(name);
    root.Write(name, "");
    CHECK(AreUnchanged(*inputs, repository.entry().directory));
  }
  root.Write("apps/app/src/index.ts", root.Read("apps/app/src/index.ts"));  // The same again.
  CHECK(AreUnchanged(*inputs, repository.entry().directory));
}

TEST_CASE("a pattern of files is for every name") {
  const Repository repository;
  repository.root.Write("apps/app/src/index.ts",
                        "const load = (name: string) => import(`./pages/${name}.ts`);\n"
                        "export default load;");
  repository.root.Write("apps/app/src/pages/one.ts", "export default 1;");
  const auto inputs = repository.Record();
  REQUIRE(inputs.has_value());
  CHECK(AreUnchanged(*inputs, repository.entry().directory));
  // Beside the folder of the pattern, and far above it, files come and go.
  repository.root.Write("apps/app/src/beside.ts", "");
  repository.root.Write("notes.txt", "");
  const Root elsewhere;
  CHECK(AreUnchanged(*inputs, repository.entry().directory));
  SECTION("in its folder") {
    repository.root.Write("apps/app/src/pages/two.ts", "export default 2;");
  }
  SECTION("in one below") {
    repository.root.Write("apps/app/src/pages/more/two.ts", "export default 2;");
  }
  CHECK_FALSE(AreUnchanged(*inputs, repository.entry().directory));
}

TEST_CASE("a pattern that begins with a part of a name is for its folder as well") {
  const Repository repository;
  repository.root.Write("apps/app/src/index.ts",
                        "const load = (name: string) => import(`../src/page-${name}.ts`);\n"
                        "export default load;");
  repository.root.Write("apps/app/src/page-one.ts", "export default 1;");
  const auto inputs = repository.Record();
  REQUIRE(inputs.has_value());
  const Root elsewhere;
  CHECK(AreUnchanged(*inputs, repository.entry().directory));
  repository.root.Write("apps/app/src/page-two.ts", "export default 2;");
  CHECK_FALSE(AreUnchanged(*inputs, repository.entry().directory));
}

TEST_CASE("a record holds for another checkout") {
  const Repository one;
  const Repository other;
  const auto inputs = one.Record();
  REQUIRE(inputs.has_value());
  CHECK(AreUnchanged(*inputs, other.entry().directory));
}

TEST_CASE("inputs that changed while the bundle was made are not recorded") {
  const Repository repository;
  CHECK_FALSE(repository.Record(std::chrono::system_clock::now() - std::chrono::hours(1)));
}

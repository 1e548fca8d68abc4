// Why an import was not found.
#include "compiler/bundle/import_hints.h"

#include <catch2/catch.hpp>

#include "tests/unit/temporary_directory.h"

namespace nano::compiler {
namespace {

TEST_CASE("modules of Node.js are told from packages") {
  CHECK(NodeModuleHint("node:fs").find("Import the file") != std::string::npos);
  CHECK(NodeModuleHint("fs/promises").find("Import the file") != std::string::npos);
  CHECK(NodeModuleHint("crypto").find("Web Crypto") != std::string::npos);
  CHECK(!NodeModuleHint("node:anything").empty());
  CHECK(NodeModuleHint("hono").empty());
  CHECK(NodeModuleHint("events-helper").empty());
  CHECK(ExplainUnresolvedImport("node:fs", "/a/b.ts").message ==
        "\"node:fs\" is a module of Node.js");
}

TEST_CASE("a package that is not installed") {
  const test::TemporaryDirectory app;
  const std::string importer = app.Write("src/deep/index.ts", "");
  app.Write("package.json", R"({"dependencies": {"hono": "4"}, "devDependencies": {"@a/b": "1"}})");
  CHECK(ExplainUnresolvedImport("left-pad", importer).hint.find("`npm install left-pad`") !=
        std::string::npos);
  CHECK(
      ExplainUnresolvedImport("@x/left-pad/sub", importer).hint.find("`npm install @x/left-pad`") !=
      std::string::npos);
  for (const char* declared : {"hono", "hono/jwt", "@a/b", "@a/b/c"}) {
    CHECK(ExplainUnresolvedImport(declared, importer).hint.find("run `npm install` in") !=
          std::string::npos);
  }
}

TEST_CASE("a package that is installed but lacks the path") {
  const test::TemporaryDirectory app;
  app.Write("node_modules/hono/package.json", "{}");
  const std::string importer = app.Write("src/index.ts", "");
  CHECK(ExplainUnresolvedImport("hono/nope", importer).message ==
        "the package \"hono\" has no \"hono/nope\"");
}

TEST_CASE("a misspelt file") {
  const test::TemporaryDirectory app;
  const std::string importer = app.Write("src/index.ts", "");
  app.Write("src/database.ts", "");
  app.Write("src/page.html", "");
  app.Write("src/empty/readme.md", "");
  CHECK(ExplainUnresolvedImport("./databse", importer).hint == "Did you mean \"./database\"?");
  CHECK(ExplainUnresolvedImport("./page.htm", importer).hint == "Did you mean \"./page.html\"?");
  CHECK(ExplainUnresolvedImport("../nowhere/a", importer).hint.find("does not exist") !=
        std::string::npos);
  CHECK(ExplainUnresolvedImport("./empty", importer).hint.find("without an index file") !=
        std::string::npos);
  CHECK(ExplainUnresolvedImport("./unlike-anything", importer).hint.find("was looked for in") !=
        std::string::npos);
}

TEST_CASE("links that lead nowhere or in a circle") {
  const test::TemporaryDirectory app;
  const std::string importer = app.Write("index.ts", "");
  std::filesystem::create_symlink("loop.ts", app / "loop.ts");
  std::filesystem::create_symlink("nowhere.ts", app / "dangling.ts");
  const ImportProblem loop = ExplainUnresolvedImport("./loop.ts", importer);
  CHECK(loop.message.find("loop.ts: ") != std::string::npos);
  CHECK(loop.hint == "Its symbolic links lead in a circle: mend them.");
  CHECK(ExplainUnresolvedImport("./dangling.ts", importer).message.find("'nowhere.ts'") !=
        std::string::npos);
}

TEST_CASE("other runtimes, aliases, package-internal names") {
  CHECK(ExplainUnresolvedImport("cloudflare:sockets", "/a.ts").message.find("another runtime") !=
        std::string::npos);
  CHECK(ExplainUnresolvedImport("@/db", "/a.ts").hint.find("compilerOptions.paths") !=
        std::string::npos);
  CHECK(ExplainUnresolvedImport("#db", "/a.ts").hint.find("\"imports\"") != std::string::npos);
}

}  // namespace
}  // namespace nano::compiler

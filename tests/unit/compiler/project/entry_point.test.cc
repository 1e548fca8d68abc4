// Which file is an app's entry, and what is said if there is none.
#include "compiler/project/entry_point.h"

#include <catch2/catch.hpp>

#include "tests/unit/temporary_directory.h"

namespace nano::compiler {
namespace {

config::AppSettings AppIn(const test::TemporaryDirectory& directory,
                          const std::string& entry = "") {
  config::AppSettings app;
  app.name = "app";
  app.directory = directory.path();
  app.entry = entry;
  return app;
}

std::string EntryOf(const test::TemporaryDirectory& directory, const std::string& entry = "") {
  const Result<EntryPoint> found = FindEntryPoint(AppIn(directory, entry));
  return found.ok() ? found->shown : "error: " + found.error().ToString();
}

TEST_CASE("the entry of nano.yaml comes first") {
  const test::TemporaryDirectory app;
  app.Write("index.ts", "");
  app.Write("package.json", R"({"main": "index.ts"})");
  app.Write("app/start.ts", "");
  CHECK(EntryOf(app, "app/start.ts") == "app/start.ts");
  CHECK(EntryOf(app, "./app/../app/start.ts") == "app/start.ts");
}

TEST_CASE("an entry of nano.yaml that does not exist is an error, whatever else there is") {
  const test::TemporaryDirectory app;
  app.Write("index.ts", "");
  CHECK(EntryOf(app, "start.ts").starts_with("error: "));
  CHECK(EntryOf(app, "start.ts").find("start.ts") != std::string::npos);
}

TEST_CASE("package.json names the entry, module before main") {
  const test::TemporaryDirectory app;
  app.Write("index.js", "");
  app.Write("lib/main.js", "");
  app.Write("package.json", R"({"main": "lib/main.js"})");
  CHECK(EntryOf(app) == "lib/main.js");
  app.Write("lib/module.mjs", "");
  app.Write("package.json", R"({"main": "lib/main.js", "module": "./lib/module.mjs"})");
  CHECK(EntryOf(app) == "lib/module.mjs");
}

TEST_CASE("main may lack an extension or mean a folder") {
  const test::TemporaryDirectory app;
  app.Write("lib/index.ts", "");
  app.Write("start.tsx", "");
  app.Write("package.json", R"({"main": "./start"})");
  CHECK(EntryOf(app) == "start.tsx");
  app.Write("package.json", R"({"main": "lib"})");
  CHECK(EntryOf(app) == "lib/index.ts");
}

TEST_CASE("a main that is not built yet gives way to the source") {
  const test::TemporaryDirectory app;
  app.Write("package.json", R"({"main": "dist/index.js"})");
  app.Write("src/index.ts", "");
  CHECK(EntryOf(app) == "src/index.ts");
}

TEST_CASE("index files, the app's folder before src") {
  for (const char* name : {"index.ts", "index.tsx", "index.mts", "index.js", "index.mjs"}) {
    const test::TemporaryDirectory app;
    app.Write(std::string("src/") + name, "");
    CHECK(EntryOf(app) == std::string("src/") + name);
    app.Write(name, "");
    CHECK(EntryOf(app) == name);
  }
}

TEST_CASE("no entry: the error lists what was looked for") {
  const test::TemporaryDirectory app;
  app.Write("readme.md", "");
  app.Write("package.json", R"({"main": "build/out.js"})");
  const Result<EntryPoint> found = FindEntryPoint(AppIn(app));
  REQUIRE_FALSE(found.ok());
  CHECK(found.error().hint.find("build/out.js") != std::string::npos);
  CHECK(found.error().hint.find("index.{ts,tsx,mts,cts,js,jsx,mjs,cjs}, the same in src/") !=
        std::string::npos);
}

TEST_CASE("the code that a wrangler file names, and that is not there, may be a framework's") {
  const test::TemporaryDirectory app;
  config::AppSettings settings = AppIn(app);
  settings.entry = "dist/_worker.js";
  CHECK(FindEntryPoint(settings).error().hint.find("npm run build") == std::string::npos);
  settings.wrangler = "wrangler.jsonc";
  const Error error = FindEntryPoint(settings).error();
  CHECK(error.message.find("dist/_worker.js") != std::string::npos);
  CHECK(error.hint.find("npm run build") != std::string::npos);
}

TEST_CASE("a malformed package.json is reported where it breaks") {
  const test::TemporaryDirectory app;
  app.Write("index.ts", "");
  app.Write("package.json", "{\n  \"main\" \"a.js\"\n}\n");
  const Result<EntryPoint> found = FindEntryPoint(AppIn(app));
  REQUIRE_FALSE(found.ok());
  CHECK(found.error().where.ends_with("package.json:2:15"));
  CHECK(!found.error().excerpt.empty());
  app.Write("package.json", R"({"main": 1})");
  CHECK(EntryOf(app).find("must be a string") != std::string::npos);
}

TEST_CASE("a directory that does not exist") {
  const test::TemporaryDirectory app;
  config::AppSettings settings = AppIn(app);
  settings.directory += "/nowhere";
  const Result<EntryPoint> found = FindEntryPoint(settings);
  REQUIRE_FALSE(found.ok());
  CHECK(found.error().message.find("nowhere") != std::string::npos);
}

}  // namespace
}  // namespace nano::compiler

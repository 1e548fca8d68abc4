// emitDecoratorMetadata: who asks for it and counts on it is told that it is not there; nobody
// else.
#include "compiler/bundle/decorator_metadata.h"

#include <catch2/catch.hpp>
#include <chrono>

#include "compiler/bundle/bundler.h"
#include "compiler/project/tsconfig.h"
#include "tests/unit/temporary_directory.h"

namespace nano::compiler {
namespace {

constexpr char kAsking[] =
    R"({"compilerOptions":{"experimentalDecorators":true,"emitDecoratorMetadata":true}})";
constexpr char kDecorated[] =
    "const D = () => (t: unknown) => void t;\nclass A {}\n"
    "@D() class B { constructor(public a: A) {} }\nexport default { B };\n";

struct Fixture {
  test::TemporaryDirectory app;
  test::TemporaryDirectory scratch;

  std::vector<Error> Warnings() {
    const EntryPoint point{.directory = app.path(), .file = app / "index.ts", .shown = "index.ts"};
    const StepContext context{.scratch = scratch.path(),
                              .deadline = Clock::now() + std::chrono::seconds(60),
                              .base_blob = {},
                              .color = false};
    BundleResult result = BundleApp("app", point, context);
    CHECK(result.errors.empty());
    return std::move(result.warnings);
  }
};

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_CASE("decorators whose types are asked for are told of, with place and remedy") {
  Fixture fixture;
  fixture.app.Write("tsconfig.json",
                    "{ // As TypeScript takes it.\n  \"compilerOptions\": {\n"
                    "    \"experimentalDecorators\": true,\n"
                    "    \"emitDecoratorMetadata\": true, /* and so on */\n  },\n}\n");
  fixture.app.Write("index.ts", kDecorated);
  const std::vector<Error> warnings = fixture.Warnings();
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].message.starts_with("emitDecoratorMetadata has no effect"));
  CHECK(Contains(warnings[0].message, "index.ts"));
  CHECK(Contains(warnings[0].where, "tsconfig.json:4:5"));
  CHECK(Contains(warnings[0].excerpt, "> 4 |"));
  CHECK(Contains(warnings[0].hint, "`tsc`"));
}

TEST_CASE("one word for each tsconfig.json, which names a module with decorators") {
  Fixture fixture;
  fixture.app.Write("tsconfig.json", kAsking);
  fixture.app.Write("index.ts",
                    "import a from './a';\nimport b from './b';\nimport c from './inner/c';\n"
                    "export default { a, b, c };\n");
  fixture.app.Write("a.ts", "export default 1;\n");
  fixture.app.Write("b.ts", kDecorated);
  fixture.app.Write("inner/tsconfig.json", R"({"extends":"../tsconfig"})");
  fixture.app.Write("inner/c.ts", kDecorated);
  const std::vector<Error> warnings = fixture.Warnings();
  REQUIRE(warnings.size() == 2);
  CHECK(Contains(warnings[0].message, "in inner/c.ts look"));
  CHECK(Contains(warnings[1].message, "in b.ts look"));
}

TEST_CASE("who does not count on decorators' metadata hears nothing") {
  Fixture fixture;
  SECTION("no decorators") {
    fixture.app.Write("tsconfig.json", kAsking);
    fixture.app.Write("index.ts", "export default { a: '@D() class' };\n");
  }
  SECTION("not asked for") {
    fixture.app.Write("tsconfig.json", R"({"compilerOptions":{"experimentalDecorators":true}})");
    fixture.app.Write("index.ts", kDecorated);
  }
  SECTION("overruled") {
    fixture.app.Write("base.json", kAsking);
    fixture.app.Write("tsconfig.json", R"({"extends":"./base.json",
        "compilerOptions":{"emitDecoratorMetadata":false}})");
    fixture.app.Write("index.ts", kDecorated);
  }
  SECTION("no tsconfig.json") {
    fixture.app.Write("index.ts",
                      "const D = (t: unknown, c: unknown) => void 0;\n@D class B {}\n"
                      "export default { B };\n");
  }
  CHECK(fixture.Warnings().empty());
}

TEST_CASE("options of extended files") {
  test::TemporaryDirectory folder;
  const auto found = [&] { return EnabledOption(folder / "tsconfig.json", "x"); };
  const std::string on = R"({"compilerOptions":{"x":true}})";
  const std::string off = R"({"compilerOptions":{"x":false}})";
  CHECK(!found());
  folder.Write("tsconfig.json", "{ nonsense");
  CHECK(!found());
  folder.Write("node_modules/@some/config/tsconfig.json", on);
  folder.Write("tsconfig.json", R"({"extends":"@some/config"})");
  REQUIRE(found());
  CHECK(found()->file == folder / "node_modules/@some/config/tsconfig.json");
  folder.Write("node_modules/config/strict.json", on);
  folder.Write("tsconfig.json", R"({"extends":"config/strict"})");
  CHECK(found());
  folder.Write("off.json", off);
  folder.Write("tsconfig.json", R"({"extends":["config/strict.json","./off.json"]})");
  CHECK(!found());
  folder.Write("tsconfig.json", R"({"extends":["./off","config/strict.json"]})");
  CHECK(found());
  folder.Write("tsconfig.json", R"({"extends":["./tsconfig","./tsconfig.json"]})");
  CHECK(!found());
}

TEST_CASE("comments and trailing commas of JSON") {
  CHECK(PlainJson("{\"a\":[1,],}") == "{\"a\":[1 ] }");
  CHECK(PlainJson("[1, // ,\n]") == "[1      \n]");
  CHECK(PlainJson("[1,/*]*/2]") == "[1,     2]");
  CHECK(PlainJson("\"// \\\" /* ,]\"") == "\"// \\\" /* ,]\"");
  CHECK(PlainJson("[\",\",\"a\"]") == "[\",\",\"a\"]");
  CHECK(PlainJson("/* open") == "       ");
  CHECK(PlainJson("\"open\\") == "\"open\\");
}

}  // namespace
}  // namespace nano::compiler

// Places in packages whose source maps name files that are not there.
#include "compiler/bundle/package_maps.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>

#include "compiler/bundle/bundler.h"
#include "compiler/bundle/mappings.h"
#include "tests/unit/temporary_directory.h"

namespace nano::compiler {
namespace {

struct Fixture {
  test::TemporaryDirectory app;
  test::TemporaryDirectory scratch;

  // Where the text `marker` of the bundle comes from: "source:line:column".
  std::string PlaceOfMarker() {
    const EntryPoint point{.directory = app.path(), .file = app / "index.js", .shown = "index.js"};
    const StepContext context{.scratch = scratch.path(),
                              .deadline = Clock::now() + std::chrono::seconds(60),
                              .base_blob = {},
                              .color = false};
    const BundleResult result = BundleApp("app", point, context);
    REQUIRE(result.errors.empty());
    const std::string& code = result.bundle.code;
    const size_t at = code.find("\"marker\"");
    REQUIRE(at != std::string::npos);
    const auto line = static_cast<uint32_t>(1 + std::count(code.begin(), code.begin() + at, '\n'));
    const auto column = static_cast<uint32_t>(at - code.rfind('\n', at));
    const auto map = result.bundle.source_map();
    const auto position = map.Lookup(line, column);
    REQUIRE(position);
    content = map.Content(position->source).value_or("");
    return std::string(position->source) + ":" + std::to_string(position->line) + ":" +
           std::to_string(position->column);
  }

  std::string content;
};

// A package whose file says that its second line's throw, in column 8, is line 40, column 5 of a
// source.
void WritePackage(Fixture& fixture, const std::string& source, const std::string& comment) {
  const std::string map =
      R"({"version":3,"sources":[")" + source +
      R"("],"sourcesContent":["// A source."],"names":[],"mappings":")" +
      EncodeMappings(
          {{.line = 1, .column = 7, .source = 0, .original_line = 39, .original_column = 4}}) +
      R"("})";
  fixture.app.Write("index.js", "import { f } from 'a';\nexport default { f };\n");
  fixture.app.Write("node_modules/a/package.json", R"({"name":"a","main":"dist/a.js"})");
  fixture.app.Write("node_modules/a/dist/a.js",
                    "exports.f = () => {\n  throw \"marker\";\n};\n" + comment);
  fixture.app.Write("node_modules/a/dist/a.js.map", map);
}

TEST_CASE("a source that is missing gives way to the file that is there") {
  for (const char* source : {"../src/a.ts", "webpack://a/./src/a.ts"}) {
    Fixture fixture;
    WritePackage(fixture, source, "//# sourceMappingURL=a.js.map\n");
    CHECK(fixture.PlaceOfMarker() == "node_modules/a/dist/a.js:2:8");
    CHECK(fixture.content.starts_with("exports.f = "));
  }
}

TEST_CASE("so it does where the map is in the file itself") {
  Fixture fixture;
  // {"version":3,"sources":["a.ts"],"names":[],"mappings":";OAAA"}
  WritePackage(
      fixture, "x.ts",
      "//# sourceMappingURL=data:application/json;base64,"
      "eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbImEudHMiXSwibmFtZXMiOltdLCJtYXBwaW5ncyI6IjtPQUFBIn0=");
  CHECK(fixture.PlaceOfMarker() == "node_modules/a/dist/a.js:2:8");
}

TEST_CASE("a source that is there stays") {
  Fixture fixture;
  WritePackage(fixture, "../src/a.ts", "//# sourceMappingURL=a.js.map\n");
  fixture.app.Write("node_modules/a/src/a.ts", "// A source.\n");
  CHECK(fixture.PlaceOfMarker() == "node_modules/a/src/a.ts:40:5");
}

TEST_CASE("mappings are written as they were read") {
  for (const char* text : {"", "AAAA", ";;AAAA,CAAC", "A;EAGAA,SAAS,C;AACA", "gggBC"}) {
    const auto mappings = DecodeMappings(text);
    if (std::string_view(text) == "gggBC") {
      CHECK(!mappings);  // Two numbers are no segment.
    } else {
      REQUIRE(mappings);
      CHECK(EncodeMappings(*mappings) == text);
    }
  }
  for (const char* text : {"!", "AA", "AAA", "g", "AAAAAA"}) CHECK(!DecodeMappings(text));
}

}  // namespace
}  // namespace nano::compiler

// Escapes and paths in bundles.
#include "compiler/bundle/bundle_text.h"

#include <catch2/catch.hpp>

namespace nano::compiler {
namespace {

using namespace std::string_literals;  // Zeros in texts.

TEST_CASE("characters beyond ASCII are escaped as UTF-16") {
  CHECK(EscapeNonAscii("plain \\u00e9") == "plain \\u00e9");
  CHECK(EscapeNonAscii("/[ü-ÿ]/") == "/[\\u00fc-\\u00ff]/");
  CHECK(EscapeNonAscii("/😀/u") == "/\\ud83d\\ude00/u");
  CHECK(CountNonAscii("aü😀") == 2);
  CHECK(CountNonAscii(EscapeNonAscii("aü😀")) == 0);
}

TEST_CASE("the engine gets Latin-1 where that holds everything, else UTF-16 behind a mark") {
  CHECK(EngineText("a\n") == "a\n");
  CHECK(EngineText("aü") == "a\xFC");
  CHECK(EngineText("ÿ€") == std::string("\xFF\xFE\xFF\0\xAC\x20", 6));
  CHECK(EngineText("😀") == "\xFF\xFE\x3D\xD8\0\xDE"s);
}

TEST_CASE("a path is shortened only where it leads out of the app") {
  CHECK(ShortPackagePath("../../node_modules/a/b.js") == "node_modules/a/b.js");
  CHECK(ShortPackagePath("node_modules/a/b.js") == "node_modules/a/b.js");
  CHECK(ShortPackagePath("../shared/b.ts") == "../shared/b.ts");
}

TEST_CASE("packages above the app's folder are named as its own") {
  CHECK(ShortenPackagePaths("// ../../node_modules/a/b.js\nvar x;\n") ==
        "// node_modules/a/b.js\nvar x;\n");
  CHECK(ShortenPackagePaths("  \"../node_modules/.pnpm/a@1/node_modules/a/b.js\"(exports) {") ==
        "  \"node_modules/.pnpm/a@1/node_modules/a/b.js\"(exports) {");
  CHECK(ShortenPackagePaths("// (disabled):../node_modules/a/b.js") ==
        "// (disabled):node_modules/a/b.js");
}

TEST_CASE("nothing else is touched") {
  for (const char* code : {"", "\n", "// node_modules/a/b.js", "// ../shared/b.ts\n",
                           "  \"../node_modules/a.js\": 1,", "f(\"../node_modules/a\"(1))"}) {
    CHECK(ShortenPackagePaths(code) == code);
  }
}

TEST_CASE("sources of packages likewise") {
  const std::string map = ShortenPackageSources(
      R"({"version":3,"sources":["../home/app/a.ts","../home/node_modules/h/i.js","../home/app/node_modules/x.js"],"mappings":""})",
      "/tmp", "/home/app");
  CHECK(
      map.find(
          R"(["../home/app/a.ts","../home/app/node_modules/h/i.js","../home/app/node_modules/x.js"])") !=
      std::string::npos);
  CHECK(ShortenPackageSources("no json", "/tmp", "/home/app") == "no json");
}

}  // namespace
}  // namespace nano::compiler

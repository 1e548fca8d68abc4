// The parser of esbuild's messages; bundler.test.cc holds it against the program itself.
#include "compiler/bundle/esbuild_log.h"

#include <catch2/catch.hpp>

namespace nano::compiler {
namespace {

TEST_CASE("an error with its place and a note") {
  const auto messages = ParseEsbuildLog(R"(✘ [ERROR] Could not resolve "left-pad"

    src/index.ts:3:15:
      3 │ import pad from "left-pad";
        ╵                 ~~~~~~~~~~

  You can mark the path "left-pad" as external.

1 error
)");
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].is_error);
  CHECK(messages[0].text == "Could not resolve \"left-pad\"");
  CHECK(messages[0].place.file == "src/index.ts");
  CHECK(messages[0].place.line == 3);
  CHECK(messages[0].place.column == 15);
  CHECK(messages[0].place.length == 10);
  REQUIRE(messages[0].notes.size() == 1);
  CHECK(messages[0].notes[0].text == "You can mark the path \"left-pad\" as external.");
  CHECK(messages[0].notes[0].place.file.empty());
}

TEST_CASE("warnings have an id, notes may have places") {
  const auto messages =
      ParseEsbuildLog(R"(▲ [WARNING] Duplicate key "a" in object literal [duplicate-object-key]

    we ird:1/d.ts:10:2:
      10 │ a: 2 };
         ╵ ^

  The original key "a" is here:

    we ird:1/d.ts:9:12:
      9 │ const x = { a: 1,
        ╵             ~

✘ [ERROR] Second

    b.ts:1:0:
      1 │ [x] │ ╵ ~~~
        ╵ ~~

1 warning and 1 error
)");
  REQUIRE(messages.size() == 2);
  CHECK(!messages[0].is_error);
  CHECK(messages[0].id == "duplicate-object-key");
  CHECK(messages[0].text == "Duplicate key \"a\" in object literal");
  CHECK(messages[0].place.file == "we ird:1/d.ts");
  CHECK(messages[0].place.line == 10);
  CHECK(messages[0].place.length == 0);
  REQUIRE(messages[0].notes.size() == 1);
  CHECK(messages[0].notes[0].place.line == 9);
  CHECK(messages[0].notes[0].place.column == 12);
  CHECK(messages[0].notes[0].place.length == 1);
  CHECK(messages[1].place.file == "b.ts");
  CHECK(messages[1].place.length == 2);
}

TEST_CASE("text that is none of esbuild's gives no messages") {
  CHECK(ParseEsbuildLog("").empty());
  CHECK(ParseEsbuildLog("panic: out of memory\n\ngoroutine 1:\n    a.go:1:2:\n").empty());
}

}  // namespace
}  // namespace nano::compiler

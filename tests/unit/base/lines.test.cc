// Lines of texts, and what is at their ends.
#include "base/lines.h"

#include <catch2/catch.hpp>

using namespace nano;

TEST_CASE("lines are taken off one by one, without their line feeds") {
  std::string_view text = "one\n\nthree";
  CHECK(TakeLine(text) == "one");
  CHECK(TakeLine(text) == "");
  CHECK(text == "three");
  CHECK(TakeLine(text) == "three");
  CHECK(text.empty());
  CHECK(TakeLine(text) == "");
}

TEST_CASE("a line has its number, from 1; others are empty") {
  CHECK(LineAt("one\ntwo\n", 1) == "one");
  CHECK(LineAt("one\ntwo\n", 2) == "two");
  CHECK(LineAt("one\ntwo\n", 3) == "");
  CHECK(LineAt("one", 2) == "");
  CHECK(LineAt("one", 0) == "");
}

TEST_CASE("a text in one line has the words of its lines") {
  CHECK(InOneLine("one") == "one");
  CHECK(InOneLine("one:\n  two \r\n\n\n\tthree\n") == "one: two three");
  CHECK(InOneLine("it is missing\nBuild it again.\nOr copy it.") ==
        "it is missing. Build it again. Or copy it.");
  CHECK(InOneLine("Error: no database\n    at fetch (index.ts:1:2)") ==
        "Error: no database at fetch (index.ts:1:2)");
  CHECK(InOneLine(" \n ").empty());
  CHECK(InOneLine("").empty());
}

// base/code_frame.h
#include "base/code_frame.h"

#include <catch2/catch.hpp>

#include "base/utf8.h"

namespace nano {
namespace {

constexpr std::string_view kSource = "one\ntwo\nthree\nfour\nfive\nsix\n";

TEST_CASE("A code frame shows two lines before and after, and a caret") {
  CHECK(CodeFrame(kSource, {.line = 3, .column = 2}) ==
        "  1 | one\n"
        "  2 | two\n"
        "> 3 | three\n"
        "    |  ^\n"
        "  4 | four\n"
        "  5 | five");
}

TEST_CASE("The place of a byte") {
  const CodeFramePlace first = PlaceAt(kSource, 0);
  CHECK((first.line == 1 && first.column == 1));
  const CodeFramePlace inside = PlaceAt(kSource, kSource.find("wo"));
  CHECK((inside.line == 2 && inside.column == 2));
  const CodeFramePlace end = PlaceAt(kSource, kSource.size());
  CHECK((end.line == 7 && end.column == 1));
}

TEST_CASE("A code frame ends where the text does") {
  CHECK(CodeFrame(kSource, {.line = 1, .column = 1}, {.context = 1}) ==
        "> 1 | one\n    | ^\n  2 | two");
  CHECK(CodeFrame(kSource, {.line = 6, .column = 4}, {.context = 1}) ==
        "  5 | five\n> 6 | six\n    |    ^");
  // Just after the last terminator, where a parser misses something.
  CHECK(CodeFrame(kSource, {.line = 7, .column = 1}, {.context = 1}) ==
        "  6 | six\n> 7 |\n    | ^");
  CHECK(CodeFrame("", {.line = 1, .column = 1}) == "> 1 |\n    | ^");
  CHECK(CodeFrame(kSource, {.line = 8, .column = 1}).empty());
  CHECK(CodeFrame(kSource, {.line = 0, .column = 1}).empty());
  CHECK(CodeFrame(kSource, {.line = SIZE_MAX, .column = 1}).empty());
  CHECK(CodeFrame(kSource, {.line = 2}, {.context = 0}) == "> 2 | two");
}

TEST_CASE("Line numbers are aligned to the right") {
  std::string text;
  for (int i = 1; i <= 12; ++i) text += "l" + std::to_string(i) + "\r\n";
  CHECK(CodeFrame(text, {.line = 9, .column = 1}, {.context = 1}) ==
        "   8 | l8\n>  9 | l9\n     | ^\n  10 | l10");
}

TEST_CASE("A range is marked to its end") {
  const CodeFrameOptions options{.context = 0};
  CHECK(CodeFrame("let abc = 1;", {.line = 1, .column = 5, .end_line = 1, .end_column = 8},
                  options) == "> 1 | let abc = 1;\n    |     ^^^");
  CHECK(CodeFrame("f(a,\nb)", {.line = 1, .column = 2, .end_line = 2, .end_column = 3}, options) ==
        "> 1 | f(a,\n    |  ^^^");
  // An end before the start, and one beyond the line.
  CHECK(CodeFrame("abc", {.line = 1, .column = 2, .end_line = 1, .end_column = 1}, options) ==
        "> 1 | abc\n    |  ^");
  CHECK(CodeFrame("abc", {.line = 1, .column = 2, .end_line = 1, .end_column = 99}, options) ==
        "> 1 | abc\n    |  ^^");
}

TEST_CASE("Columns are counted in the caller's unit") {
  const CodeFrameOptions options{.context = 0};
  const std::string_view text = "\"😀é\" x";
  const std::string expected = "> 1 | \"😀é\" x\n    |       ^";  // The emoji takes two cells.
  CHECK(CodeFrame(text, {.line = 1, .column = 7, .unit = ColumnUnit::kUtf16}, options) == expected);
  CHECK(CodeFrame(text, {.line = 1, .column = 10, .unit = ColumnUnit::kBytes}, options) ==
        expected);
}

TEST_CASE("Tabs become spaces and the caret follows them") {
  CHECK(CodeFrame("\tif\tx", {.line = 1, .column = 5}, {.context = 0}) ==
        "> 1 |     if  x\n    |         ^");
}

TEST_CASE("Control characters and malformed bytes are shown, not sent") {
  CHECK(CodeFrame("a\x1b[31m\xFF!", {.line = 1, .column = 1}, {.context = 0}) ==
        "> 1 | a\uFFFD[31m\uFFFD!\n    | ^");
}

TEST_CASE("Long lines are clipped around the column") {
  std::string line;
  for (int i = 0; i < 1000; ++i) line += std::to_string(i % 10);
  for (const size_t column : {size_t{1}, size_t{40}, size_t{500}, size_t{990}, size_t{1000},
                              size_t{1001}, size_t{5000}}) {
    const std::string frame =
        CodeFrame("short\n" + line + "\nshort", {.line = 2, .column = column}, {.width = 60});
    size_t position = 0;
    std::vector<std::string> lines;
    while (position <= frame.size()) {
      const size_t end = std::min(frame.find('\n', position), frame.size());
      lines.push_back(frame.substr(position, end - position));
      position = end + 1;
    }
    REQUIRE(lines.size() == 4);
    for (const std::string& shown : lines) CHECK(CellWidth(std::string_view(shown)) <= 60);
    // The caret stands below the character that it means.
    const size_t caret = lines[2].find('^');
    size_t cell = 0;
    size_t at = 0;
    while (at < lines[1].size() && cell < caret) {
      NextCodePoint(lines[1], at);
      ++cell;
    }
    if (column <= 1000) {
      CHECK(lines[1].substr(at, 1) == std::to_string((column - 1) % 10));
    } else {
      CHECK(at == lines[1].size());
    }
  }
}

TEST_CASE("Colours only add escape sequences") {
  const CodeFramePlace place{.line = 3, .column = 2};
  std::string coloured = CodeFrame(kSource, place, {.color = true});
  CHECK(coloured.find("\x1b[31m^\x1b[0m") != std::string::npos);
  for (size_t at = 0; (at = coloured.find('\x1b')) != std::string::npos;) {
    coloured.erase(at, coloured.find('m', at) + 1 - at);
  }
  CHECK(coloured == CodeFrame(kSource, place));
}

}  // namespace
}  // namespace nano

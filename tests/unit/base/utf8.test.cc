// base/utf8.h
#include "base/utf8.h"

#include <catch2/catch.hpp>

namespace nano {
namespace {

std::u32string Decode(std::string_view text) {
  std::u32string out;
  for (size_t position = 0; position < text.size();) out += NextCodePoint(text, position);
  return out;
}

TEST_CASE("texts are UTF-8 or not") {
  CHECK(IsUtf8(""));
  CHECK(IsUtf8("größe 日本 😀 \uFFFD"));
  for (const char* text : {"\xFF", "a\xC3", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC0\xAF"}) {
    CHECK_FALSE(IsUtf8(text));
  }
}

TEST_CASE("Every code point survives encoding and decoding") {
  for (char32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if (code_point >= 0xD800 && code_point < 0xE000) continue;
    std::string text;
    AppendUtf8(text, code_point);
    size_t position = 0;
    const char32_t decoded = NextCodePoint(text, position);
    if (decoded != code_point || position != text.size()) FAIL("U+" << std::hex << +code_point);
  }
}

TEST_CASE("Malformed UTF-8 gives one U+FFFD for each maximal subpart") {
  // The examples of the Unicode Standard, section 3.9, tables 3-8 to 3-11.
  CHECK(Decode("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41") ==
        U"\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA");
  CHECK(Decode("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41") ==
        U"\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA");
  CHECK(Decode("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42") ==
        U"\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA\uFFFD\uFFFDB");
  CHECK(Decode("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41") == U"\uFFFD\uFFFD\uFFFD\uFFFDA");
  CHECK(Decode("a\xE2\x82") == U"a\uFFFD");
}

TEST_CASE("Widths count terminal cells") {
  CHECK(CellWidth("abc") == 3);
  CHECK(CellWidth("日本") == 4);
  CHECK(CellWidth("e\u0301") == 1);
  CHECK(CellWidth("😀") == 2);
  CHECK(CellWidth("\x1b[31mred\x1b[0m") == 3);
  CHECK(CellWidth("µs") == 2);
}

TEST_CASE("Printable text cannot control a terminal") {
  CHECK(Printable("a\x1b[2Jb\r\n\x7F\xFF") == "a\uFFFD[2Jb\uFFFD\uFFFD\uFFFD\uFFFD");
  CHECK(Printable("\xC2\x9B") == "\uFFFD");  // CSI as one character.
  CHECK(Printable("grüße 日本") == "grüße 日本");
}

}  // namespace
}  // namespace nano

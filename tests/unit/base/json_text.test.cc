// base/json_text.h
#include "base/json_text.h"

#include <catch2/catch.hpp>

#include "base/json.h"

namespace nano {
namespace {

std::string Escape(std::string_view text) {
  std::string out = ">";
  AppendJsonString(out, text);
  return out.substr(1);
}

TEST_CASE("JSON strings are escaped") {
  CHECK(Escape("") == "\"\"");
  CHECK(Escape("a\"b\\c/d") == R"("a\"b\\c/d")");
  CHECK(Escape("\b\f\n\r\t") == R"("\b\f\n\r\t")");
  CHECK(Escape(std::string_view("\0\x01\x1f\x7f", 4)) == R"("\u0000\u0001\u001f\u007f")");
  CHECK(Escape("grüße 日本 😀") == "\"grüße 日本 😀\"");
  CHECK(Escape("\u2028\u2029") == R"("\u2028\u2029")");
  CHECK(Escape("a\xFFz\xE2\x82") == "\"a\uFFFDz\uFFFD\"");
}

TEST_CASE("Any bytes become JSON that a parser reads back") {
  // A fixed linear congruential sequence: the same bytes in every run.
  uint32_t state = 1;
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (int i = 0; i < round % 64; ++i) {
      state = state * 1664525 + 1013904223;
      bytes += static_cast<char>(state >> 24);
    }
    const std::string text = Escape(bytes);
    const Result<Json> parsed = Json::Parse(text);
    REQUIRE(parsed.ok());
    REQUIRE(Escape(*parsed->text()) == text);
  }
}

TEST_CASE("Long strings are whole") {
  const std::string text(1 << 20, 'x');
  CHECK(Escape(text) == '"' + text + '"');
}

}  // namespace
}  // namespace nano

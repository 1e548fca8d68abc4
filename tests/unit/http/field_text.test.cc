// Texts of heads: lower case by eight bytes and by one, and what is appended together.
#include "http/field_text.h"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "http/http1/append.h"

namespace nano::http1 {
namespace {

TEST_CASE("every byte has its lower case at every place") {
  for (int code = 0; code < 256; ++code) {
    const char byte = static_cast<char>(code);
    const char lower = code >= 'A' && code <= 'Z' ? static_cast<char>(code + 32) : byte;
    for (size_t size = 1; size <= 17; ++size) {
      for (size_t at = 0; at < size; ++at) {
        // The bytes beside it are such that a carry would show.
        std::string text(size, '\xff');
        std::string expected = text;
        text[at] = byte;
        expected[at] = lower;
        std::string out = "KEPT";
        http::AppendLowerCase(out, text);
        if (out != "KEPT" + expected) {
          FAIL_CHECK("byte " << code << " at " << at << " of " << size);
        }
      }
    }
  }
}

TEST_CASE("a field's name in lower case") {
  std::string out;
  http::AppendLowerCase(out, "X-Forwarded-Proto@[`{Z");
  CHECK(out == "x-forwarded-proto@[`{z");
}

TEST_CASE("parts are appended in their order") {
  std::string out = "a";
  const std::string part = "cd";
  Append(out, "b", part, std::string_view(), "", std::string_view("ef"));
  CHECK(out == "abcdef");
}

}  // namespace
}  // namespace nano::http1

// runtime/native/encoding: UTF-8 both ways, against a decoder and an encoder that follow the
// standard's text byte by byte.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "runtime/native/encoding/utf8_decoder.h"
#include "runtime/native/encoding/utf8_encoder.h"
#include "tests/unit/mutation.h"

namespace nano::runtime {
namespace {

void Append(std::u16string& text, uint32_t code) {
  if (code < 0x10000) {
    text += static_cast<char16_t>(code);
  } else {
    text += static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10));
    text += static_cast<char16_t>(0xDC00 + ((code - 0x10000) & 0x3FF));
  }
}

// Encoding Standard, section 8.1.1.
std::u16string Expected(std::string_view bytes) {
  std::u16string text;
  uint32_t code = 0;
  int seen = 0;
  int needed = 0;
  uint8_t lower = 0x80;
  uint8_t upper = 0xBF;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<uint8_t>(bytes[i]);
    if (needed == 0) {
      if (byte <= 0x7F) {
        text += static_cast<char16_t>(byte);
      } else if (byte >= 0xC2 && byte <= 0xDF) {
        needed = 1, code = byte & 0x1F;
      } else if (byte >= 0xE0 && byte <= 0xEF) {
        if (byte == 0xE0) lower = 0xA0;
        if (byte == 0xED) upper = 0x9F;
        needed = 2, code = byte & 0xF;
      } else if (byte >= 0xF0 && byte <= 0xF4) {
        if (byte == 0xF0) lower = 0x90;
        if (byte == 0xF4) upper = 0x8F;
        needed = 3, code = byte & 0x7;
      } else {
        text += u'\uFFFD';
      }
      continue;
    }
    const bool follows = byte >= lower && byte <= upper;
    lower = 0x80, upper = 0xBF;
    if (!follows) {
      code = 0, needed = 0, seen = 0;
      text += u'\uFFFD';
      --i;
      continue;
    }
    code = code << 6 | (byte & 0x3F);
    if (++seen == needed) {
      Append(text, code);
      code = 0, needed = 0, seen = 0;
    }
  }
  if (needed != 0) text += u'\uFFFD';
  return text;
}

std::u16string Decoded(std::string_view bytes) {
  // Exactly as long as it has to be, for the address sanitizer.
  const std::vector<char> input(bytes.begin(), bytes.end());
  std::vector<char16_t> output(bytes.size());
  const size_t length = DecodeMalformedUtf8({input.data(), input.size()}, output.data());
  REQUIRE(length <= output.size());
  return {output.data(), length};
}

// A text, half of it well-formed sequences.
std::string Bytes(testing::Random& random, size_t most) {
  static const std::vector<std::string> pieces = {
      "a", "plain text", "\u00E4", "\u20AC", "\U0001F600", "\xE2\x82", "\xF0\x9F\x98"};
  std::string bytes;
  for (size_t i = testing::Below(random, most + 1); i > 0; --i) {
    if (testing::Below(random, 4) > 0) {
      bytes += pieces[testing::Below(random, pieces.size())];
    } else {
      bytes += static_cast<char>(testing::Below(random, 256));
    }
  }
  return bytes;
}

// What an encoder writes that stops at the first character for which there is no room.
struct Encoded {
  size_t read = 0;
  std::string bytes;
};

Encoded ExpectedUtf8(std::u16string_view text, size_t room) {
  Encoded encoded;
  while (encoded.read < text.size()) {
    uint32_t code = text[encoded.read];
    size_t units = 1;
    if (code >= 0xD800 && code <= 0xDFFF) {
      const bool pair = code < 0xDC00 && encoded.read + 1 < text.size() &&
                        (text[encoded.read + 1] & 0xFC00) == 0xDC00;
      code = pair ? 0x10000 + ((code - 0xD800) << 10) + (text[encoded.read + 1] - 0xDC00) : 0xFFFD;
      units = pair ? 2 : 1;
    }
    std::string bytes;
    if (code < 0x80) {
      bytes = {static_cast<char>(code)};
    } else if (code < 0x800) {
      bytes = {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
    } else if (code < 0x10000) {
      bytes = {static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3F)),
               static_cast<char>(0x80 | (code & 0x3F))};
    } else {
      bytes = {static_cast<char>(0xF0 | code >> 18), static_cast<char>(0x80 | (code >> 12 & 0x3F)),
               static_cast<char>(0x80 | (code >> 6 & 0x3F)),
               static_cast<char>(0x80 | (code & 0x3F))};
    }
    if (encoded.bytes.size() + bytes.size() > room) break;
    encoded.bytes += bytes;
    encoded.read += units;
  }
  return encoded;
}

template <typename Text>
void CheckInto(const Text& text, size_t room, const Encoded& expected) {
  std::vector<char> output(room);
  const Utf8Progress progress = EncodeUtf8Into(std::span(text), std::span(output));
  REQUIRE(progress.read == expected.read);
  REQUIRE(std::string(output.data(), progress.written) == expected.bytes);
}

}  // namespace

TEST_CASE("malformed UTF-8 is replaced by maximal parts") {
  CHECK(Decoded("").empty());
  CHECK(Decoded("\xF0\x9F\xF0\x9F\x98\x80") == u"\uFFFD\U0001F600");
  testing::Random random(5);
  for (int round = 0; round < 20'000; ++round) {
    const std::string bytes = Bytes(random, round % 100 == 0 ? 500 : 20);
    REQUIRE(Decoded(bytes) == Expected(bytes));
  }
}

TEST_CASE("UTF-16 is encoded, lone surrogates are replaced, and room is used to the last byte") {
  testing::Random random(6);
  const std::vector<std::u16string> pieces = {u"a",          u"plain text, and some more",
                                              u"\u00E4",     u"\u20AC\u6F22\u5B57",
                                              u"\U0001F600", u"\xD800",
                                              u"\xDC00"};
  for (int round = 0; round < 5'000; ++round) {
    std::u16string text;
    // Some texts without surrogates, some without lone ones.
    const size_t kinds = pieces.size() - testing::Below(random, 4);
    for (size_t i = testing::Below(random, 40); i > 0; --i) {
      text += pieces[testing::Below(random, kinds)];
    }
    const Encoded whole = ExpectedUtf8(text, -1);
    REQUIRE(Utf8Length(std::span<const char16_t>(text)) == whole.bytes.size());
    std::vector<char> output(whole.bytes.size());
    EncodeUtf8(std::span<const char16_t>(text), output.data());
    REQUIRE(std::string(output.data(), output.size()) == whole.bytes);
    const size_t room = testing::Below(random, whole.bytes.size() + 10);
    CheckInto(text, room, ExpectedUtf8(text, room));
    CheckInto(text, whole.bytes.size(), whole);
  }
}

TEST_CASE("Latin-1 is encoded, and room is used to the last byte") {
  testing::Random random(7);
  for (int round = 0; round < 5'000; ++round) {
    const size_t highest = round % 3 == 0 ? 0x80 : 0x100;
    std::string text;
    std::u16string utf16;
    for (size_t i = testing::Below(random, 200); i > 0; --i) {
      const auto byte = static_cast<uint8_t>(testing::Below(random, highest));
      text += static_cast<char>(byte);
      utf16 += static_cast<char16_t>(byte);
    }
    const Encoded whole = ExpectedUtf8(utf16, -1);
    REQUIRE(Utf8Length(std::span<const char>(text)) == whole.bytes.size());
    std::vector<char> output(whole.bytes.size());
    EncodeUtf8(std::span<const char>(text), output.data());
    REQUIRE(std::string(output.data(), output.size()) == whole.bytes);
    const size_t room = testing::Below(random, whole.bytes.size() + 10);
    CheckInto(text, room, ExpectedUtf8(utf16, room));
    CheckInto(text, whole.bytes.size(), whole);
  }
}

}  // namespace nano::runtime

// Guards runtime/native/encoding/simdutf.h, which declares what the engine's executable exports:
// drives every function that it declares.
#include "runtime/native/encoding/simdutf.h"

#include <catch2/catch.hpp>
#include <string>

namespace {

const std::string kUtf8 = "a\u00E4\u20AC\U0001F600";
const std::u16string kUtf16 = u"a\u00E4\u20AC\U0001F600";
const std::string kLatin1 = "a\xE4z";

}  // namespace

TEST_CASE("simdutf: validation") {
  CHECK(simdutf::validate_ascii("abc", 3));
  CHECK_FALSE(simdutf::validate_ascii(kUtf8.data(), kUtf8.size()));
  CHECK(simdutf::validate_utf8(kUtf8.data(), kUtf8.size()));
  CHECK_FALSE(simdutf::validate_utf8(kUtf8.data(), kUtf8.size() - 1));
  CHECK(simdutf::validate_utf8_with_errors(kUtf8.data(), kUtf8.size()).error == simdutf::SUCCESS);
  CHECK(simdutf::validate_utf16(kUtf16.data(), kUtf16.size()));
  CHECK_FALSE(simdutf::validate_utf16(kUtf16.data(), kUtf16.size() - 1));
}

TEST_CASE("simdutf: an error in UTF-8 is where its sequence begins") {
  for (const char* bad : {"\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xC0\x80", "\xE0\x80\x80",
                          "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF"}) {
    for (const size_t before : {0, 1, 15, 16, 31, 63, 64, 100}) {
      for (const std::string after : {"", "x", "\xE2\x82\xAC"}) {
        std::string text;
        for (size_t i = 0; i < before; ++i) text += "\u20AC";
        const size_t at = text.size();
        text += bad + after + std::string(70, '.');
        const simdutf::result result = simdutf::validate_utf8_with_errors(text.data(), text.size());
        CHECK(result.error != simdutf::SUCCESS);
        CHECK(result.count == at);
      }
    }
  }
}

TEST_CASE("simdutf: lengths and conversions") {
  CHECK(simdutf::utf16_length_from_utf8(kUtf8.data(), kUtf8.size()) == kUtf16.size());
  CHECK(simdutf::utf8_length_from_latin1(kLatin1.data(), kLatin1.size()) == 4);
  CHECK(simdutf::count_utf8(kUtf8.data(), kUtf8.size()) == 4);
  const simdutf::result length =
      simdutf::utf8_length_from_utf16_with_replacement(kUtf16.data(), kUtf16.size());
  CHECK(length.count == kUtf8.size());
  const std::u16string lone = u"\xD800x\xDC00";
  CHECK(simdutf::utf8_length_from_utf16_with_replacement(lone.data(), lone.size()).count == 7);

  std::u16string utf16(kUtf16.size(), u'\0');
  CHECK(simdutf::convert_valid_utf8_to_utf16(kUtf8.data(), kUtf8.size(), utf16.data()) ==
        kUtf16.size());
  CHECK(utf16 == kUtf16);
  std::string utf8(kUtf8.size(), '\0');
  CHECK(simdutf::convert_utf16_to_utf8(kUtf16.data(), kUtf16.size(), utf8.data()) == kUtf8.size());
  CHECK(utf8 == kUtf8);
  utf8.resize(7);
  CHECK(simdutf::convert_utf16_to_utf8(lone.data(), lone.size(), utf8.data()) == 0);

  utf8.assign(4, '\0');
  CHECK(simdutf::convert_latin1_to_utf8(kLatin1.data(), kLatin1.size(), utf8.data()) == 4);
  CHECK(utf8 == "a\u00E4z");
  std::string latin1(3, '\0');
  CHECK(simdutf::convert_utf8_to_latin1(utf8.data(), utf8.size(), latin1.data()) == 3);
  CHECK(latin1 == kLatin1);
  CHECK(simdutf::convert_utf8_to_latin1(kUtf8.data(), kUtf8.size(), utf8.data()) == 0);
  utf8.assign(3, '.');
  CHECK(simdutf::convert_latin1_to_utf8_safe(kLatin1.data(), kLatin1.size(), utf8.data(), 2) == 1);
  CHECK(simdutf::convert_latin1_to_utf8_safe(kLatin1.data(), kLatin1.size(), utf8.data(), 3) == 3);
  CHECK(utf8 == "a\u00E4");
}

TEST_CASE("simdutf: UTF-16 in place") {
  std::u16string text = u"\xD800x\xDC00\xD83D\xDE00";
  simdutf::to_well_formed_utf16(text.data(), text.size(), text.data());
  CHECK(text == u"\uFFFDx\uFFFD\U0001F600");
  text = u"\x1234";
  simdutf::change_endianness_utf16(text.data(), text.size(), text.data());
  CHECK(text == u"\x3412");
}

TEST_CASE("simdutf: base64") {
  const std::string bytes("\xFB\xFF\0", 3);
  std::string text(4, '\0');
  CHECK(simdutf::base64_length_from_binary(3, simdutf::base64_default) == 4);
  CHECK(simdutf::binary_to_base64(bytes.data(), 3, text.data(), simdutf::base64_default) == 4);
  CHECK(text == "+/8A");
  const std::string spaced = " +/ 8A\n";
  std::string decoded(simdutf::maximal_binary_length_from_base64(spaced.data(), spaced.size()),
                      '\0');
  simdutf::result result = simdutf::base64_to_binary(spaced.data(), spaced.size(), decoded.data(),
                                                     simdutf::base64_default, simdutf::loose);
  CHECK(result.error == simdutf::SUCCESS);
  CHECK(result.count == 3);
  CHECK(decoded.substr(0, 3) == bytes);
  result =
      simdutf::base64_to_binary("-_", 2, decoded.data(), simdutf::base64_default, simdutf::loose);
  CHECK(result.error != simdutf::SUCCESS);
}

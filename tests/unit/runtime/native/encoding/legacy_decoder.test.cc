// runtime/native/encoding: the legacy decoders and the carrying of open sequences. That their
// tables are right is for Web Platform Tests to say (encoding/).
#include "runtime/native/encoding/legacy_decoder.h"

#include <bit>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "runtime/native/encoding/unicode_chunk.h"
#include "tests/unit/mutation.h"

namespace nano::runtime {
namespace {

constexpr const char* kMultiByte[] = {"gbk",         "gb18030",   "big5",  "euc-jp",
                                      "iso-2022-jp", "shift_jis", "euc-kr"};

std::vector<int> AllEncodings() {
  std::vector<int> encodings;
  for (const char* name :
       {"ibm866",       "iso-8859-2",   "iso-8859-3",     "iso-8859-4",    "iso-8859-5",
        "iso-8859-6",   "iso-8859-7",   "iso-8859-8",     "iso-8859-8-i",  "iso-8859-10",
        "iso-8859-13",  "iso-8859-14",  "iso-8859-15",    "iso-8859-16",   "koi8-r",
        "koi8-u",       "macintosh",    "windows-874",    "windows-1250",  "windows-1251",
        "windows-1252", "windows-1253", "windows-1254",   "windows-1255",  "windows-1256",
        "windows-1257", "windows-1258", "x-mac-cyrillic", "x-user-defined"}) {
    const auto number = FindLegacyEncoding(name);
    INFO(name);
    REQUIRE(number);
    encodings.push_back(*number);
  }
  for (const char* name : kMultiByte) encodings.push_back(FindLegacyEncoding(name).value());
  return encodings;
}

// Decodes into memory of exactly the length promised, for the address sanitizer.
LegacyResult DecodeInto(std::u16string& text, int encoding, DecoderState& state,
                        std::string_view bytes, bool last, bool fatal = false) {
  const std::vector<char> input(bytes.begin(), bytes.end());
  std::vector<char16_t> output(MostLegacyUnits(bytes.size()));
  const LegacyResult result =
      DecodeLegacy(encoding, state, {input.data(), input.size()}, last, fatal, output.data());
  REQUIRE(result.units <= output.size());
  text.append(output.data(), result.units);
  return result;
}

std::u16string Decode(const char* name, std::string_view bytes) {
  DecoderState state;
  std::u16string text;
  DecodeInto(text, FindLegacyEncoding(name).value(), state, bytes, true);
  return text;
}

bool IsFatal(const char* name, std::string_view bytes) {
  DecoderState state;
  std::u16string text;
  return DecodeInto(text, FindLegacyEncoding(name).value(), state, bytes, true, true).malformed;
}

// Bytes in which sequences of the multi-byte encodings, and mistakes in them, are frequent.
std::string Bytes(testing::Random& random) {
  static const std::vector<std::string> pieces = {"\x1B$B",
                                                  "\x1B(B",
                                                  "\x1B(J",
                                                  "\x1B(I",
                                                  "\x1B$",
                                                  "\x1B",
                                                  "ab",
                                                  "\x88\x62",
                                                  "\x8E\xB1",
                                                  "\x8F\xA2\xAF",
                                                  "\x81\x30\x81\x30",
                                                  "\x84\x31\xA4\x37",
                                                  "\x81\x40",
                                                  "\xE3\x32\x9A\x36"};
  std::string bytes;
  for (size_t i = testing::Below(random, 12); i > 0; --i) {
    if (testing::Below(random, 2) == 0) {
      bytes += pieces[testing::Below(random, pieces.size())];
    } else {
      bytes += static_cast<char>(testing::Below(random, 256));
    }
  }
  return bytes;
}

}  // namespace

TEST_CASE("encodings are found by their names") {
  for (const int encoding : AllEncodings()) {
    CHECK(FindLegacyEncoding(LegacyEncodingName(encoding)) == encoding);
  }
  for (const char* name : {"", "utf-8", "utf-16le", "replacement", "latin1", "gb2312", "GBK"}) {
    CHECK_FALSE(FindLegacyEncoding(name));
  }
}

TEST_CASE("a character of each encoding") {
  CHECK(Decode("windows-1252", "\x80\xE9") == u"\u20AC\u00E9");
  CHECK(Decode("koi8-r", "\xD4") == u"\u0442");
  CHECK(Decode("iso-8859-6", "\xA1\xC7") == u"\uFFFD\u0627");
  CHECK(Decode("x-user-defined", "\x80\xFF") == u"\uF780\uF7FF");
  CHECK(Decode("gbk", "\xC4\xE3\x80") == u"\u4F60\u20AC");
  CHECK(Decode("gb18030", "\x81\x30\x81\x30\x90\x30\x81\x30\xE3\x32\x9A\x35") ==
        u"\u0080\U00010000\U0010FFFF");
  CHECK(Decode("gb18030", "\x81\x35\xF4\x37") == u"\uE7C7");
  CHECK(Decode("big5", "\xA7\x41\x88\x62\x88\xA5\x87\x45") ==
        u"\u4F60\u00CA\u0304\u00EA\u030C\U00027267");
  CHECK(Decode("euc-jp", "\xA4\xA2\x8E\xB1\x8F\xB0\xA1") == u"\u3042\uFF71\u4E02");
  CHECK(Decode("shift_jis", "\x82\xA0\xB1\xF0\x40\x80") == u"\u3042\uFF71\uE000\u0080");
  CHECK(Decode("iso-2022-jp", "a\x1B$B$\"\x1B(J\\\x1B(I1\x1B(B\\") == u"a\u3042\u00A5\uFF71\\");
  CHECK(Decode("euc-kr", "\xB0\xA1") == u"\uAC00");
}

TEST_CASE("errors take the bytes that the standard says") {
  CHECK(Decode("gb18030", "\x81\x30\x81 ") == u"\uFFFD0\uFFFD ");
  CHECK(Decode("gb18030", "\x81\x30") == u"\uFFFD");
  CHECK(Decode("gb18030", "\x84\x31\xA5\x30") == u"\uFFFD");
  CHECK(Decode("gb18030", "\xFE\x39\xFE\x39") == u"\uFFFD");
  CHECK(Decode("euc-kr",
               "\x81"
               "0\xFF\x81") == u"\uFFFD0\uFFFD\uFFFD");
  CHECK(Decode("shift_jis", "\x81\x20\x81\xFD") == u"\uFFFD \uFFFD");
  CHECK(Decode("euc-jp", "\x8F\xA1\x20\x8E\x20") == u"\uFFFD \uFFFD ");
  CHECK(Decode("big5", "\x81\x40\xFF") == u"\uFFFD@\uFFFD");
  CHECK(Decode("iso-2022-jp", "\x1B(\x1B(B\x1B(B") == u"\uFFFD(\uFFFD");
  CHECK(Decode("iso-2022-jp", "\x1B$B!\x1B(Ba") == u"\uFFFDa");
  for (const char* name : kMultiByte) {
    INFO(name);
    CHECK_FALSE(IsFatal(name, "plain"));
    CHECK(IsFatal(name, "plain\xFF"));
  }
  CHECK(IsFatal("iso-8859-6", "\xA1"));
  CHECK(IsFatal("euc-kr", "\xB0"));
  // U+FFFD has a sequence of its own in gb18030.
  CHECK_FALSE(IsFatal("gb18030", "\x84\x31\xA4\x37"));
}

TEST_CASE("a text in chunks is the text, wherever it is split") {
  testing::Random random(3);
  for (const int encoding : AllEncodings()) {
    INFO(LegacyEncodingName(encoding));
    for (int round = 0; round < 300; ++round) {
      const std::string bytes = Bytes(random);
      DecoderState state;
      std::u16string whole;
      DecodeInto(whole, encoding, state, bytes, true);
      for (size_t first = 0; first <= bytes.size(); ++first) {
        const size_t second = first + testing::Below(random, bytes.size() - first + 1);
        std::u16string text;
        DecodeInto(text, encoding, state, bytes.substr(0, first), false);
        DecodeInto(text, encoding, state, bytes.substr(first, second - first), false);
        DecodeInto(text, encoding, state, bytes.substr(second), true);
        REQUIRE(text == whole);
      }
    }
  }
}

TEST_CASE("decoders cope with any state") {
  testing::Random random(4);
  for (const int encoding : AllEncodings()) {
    INFO(LegacyEncodingName(encoding));
    for (int round = 0; round < 3000; ++round) {
      auto state = std::bit_cast<DecoderState>(static_cast<uint32_t>(random()));
      std::u16string text;
      const std::string bytes = Bytes(random).substr(0, testing::Below(random, 4));
      DecodeInto(text, encoding, state, bytes, testing::Below(random, 2) == 0);
    }
  }
}

TEST_CASE("what is open at the end of a chunk") {
  CHECK(IncompleteUtf8("") == 0);
  CHECK(IncompleteUtf8("a") == 0);
  CHECK(IncompleteUtf8("\xC3") == 1);
  CHECK(IncompleteUtf8("a\xE2\x82") == 2);
  CHECK(IncompleteUtf8("\xF0\x9F\x98") == 3);
  CHECK(IncompleteUtf8("\xF0\x9F\x98\x80") == 0);
  for (const char* malformed : {"\xE0\x9F", "\xED\xA0", "\xF0\x8F", "\xF4\x90", "\xC1", "\xF5",
                                "\x80\x80\x80\x80", "\xC3\x80\x80"}) {
    CHECK(IncompleteUtf8(malformed) == 0);
  }
  const std::string high("\x3D\xD8", 2);
  CHECK(IncompleteUtf16("", false) == 0);
  CHECK(IncompleteUtf16("a", false) == 1);
  CHECK(IncompleteUtf16(high, false) == 2);
  CHECK(IncompleteUtf16(high + "x", false) == 3);
  CHECK(IncompleteUtf16(high + "xy", false) == 0);
  CHECK(IncompleteUtf16("\xD8\x3D", true) == 2);

  DecoderState state;
  for (const std::string chunk : {"\xF0", "\x9F", "\x98"}) {
    UnicodeChunk open(state, chunk);
    CHECK(open.AtStart());
    CHECK(open.KeepOpen(open.bytes().size()).empty());
    state = open.Next();
  }
  UnicodeChunk last(state, "\x80z\xE2");
  CHECK(last.bytes() == "\xF0\x9F\x98\x80z\xE2");
  CHECK(last.KeepOpen(1) == "\xF0\x9F\x98\x80z");
  CHECK_FALSE(UnicodeChunk(last.Next(), "").AtStart());
  CHECK(UnicodeChunk(last.Next(), "").bytes() == "\xE2");
}

}  // namespace nano::runtime

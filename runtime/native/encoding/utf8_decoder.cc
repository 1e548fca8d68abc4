// simdutf between the errors, the standard's decoder around them.
#include "runtime/native/encoding/utf8_decoder.h"

#include <algorithm>
#include <cstdint>

#include "runtime/native/encoding/decoder_output.h"
#include "runtime/native/encoding/simdutf.h"

namespace nano::runtime {
namespace {

// Errors seldom come alone: after one, so many bytes are decoded one by one.
constexpr size_t kAroundErrors = 64;

// Decodes one sequence, or replaces its malformed beginning. Returns its length in bytes.
size_t DecodeSequence(std::string_view bytes, DecoderOutput& output) {
  const auto lead = static_cast<uint8_t>(bytes[0]);
  if (IsAscii(lead)) {
    output.Put(lead);
    return 1;
  }
  if (!InRange(lead, 0xC2, 0xF4)) {
    output.Error();
    return 1;
  }
  const size_t needed = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  uint32_t code = lead & (0xFFu >> (needed + 1));
  // The second byte's range excludes overlong forms, surrogates, and what is beyond U+10FFFF.
  uint8_t lower = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  uint8_t upper = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (size_t i = 1; i < needed; ++i) {
    if (i == bytes.size() || !InRange(static_cast<uint8_t>(bytes[i]), lower, upper)) {
      output.Error();
      return i;
    }
    code = code << 6 | (static_cast<uint8_t>(bytes[i]) & 0x3Fu);
    lower = 0x80;
    upper = 0xBF;
  }
  output.PutCodePoint(code);
  return needed;
}

}  // namespace

size_t DecodeMalformedUtf8(std::string_view bytes, char16_t* units) {
  size_t written = 0;
  while (!bytes.empty()) {
    const simdutf::result valid = simdutf::validate_utf8_with_errors(bytes.data(), bytes.size());
    const size_t length = valid.error == simdutf::SUCCESS ? bytes.size() : valid.count;
    if (length > 0) {
      written += simdutf::convert_valid_utf8_to_utf16(bytes.data(), length, units + written);
      bytes.remove_prefix(length);
    }
    DecoderOutput output(units + written, false);
    const size_t stretch = std::min(bytes.size(), kAroundErrors);
    size_t at = 0;
    while (at < stretch) at += DecodeSequence(bytes.substr(at), output);
    bytes.remove_prefix(at);
    written += output.size();
  }
  return written;
}

}  // namespace nano::runtime

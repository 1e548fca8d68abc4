// simdutf does all that certainly fits; the rest, and texts with lone surrogates, go by the
// character.
#include "runtime/native/encoding/utf8_encoder.h"

#include <algorithm>
#include <cstdint>

#include "runtime/native/encoding/simdutf.h"

namespace nano::runtime {
namespace {

constexpr size_t kWorthACall = 16;  // Units.
constexpr size_t kMostBytes = 3;    // That a unit of UTF-16 can take.
constexpr char16_t kReplacement = u'\uFFFD';

using Utf16 = std::span<const char16_t>;

bool IsHigh(char16_t unit) { return (unit & 0xFC00) == 0xD800; }
bool IsLow(char16_t unit) { return (unit & 0xFC00) == 0xDC00; }

struct Character {
  uint32_t code;
  size_t units;
};

Character FirstCharacter(Utf16 text) {
  const char16_t unit = text[0];
  if (IsHigh(unit) && text.size() > 1 && IsLow(text[1])) {
    return {0x10000 + ((unit - 0xD800u) << 10) + (text[1] - 0xDC00u), 2};
  }
  return {IsHigh(unit) || IsLow(unit) ? kReplacement : unit, 1};
}

size_t LengthOf(uint32_t code) {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

void Put(uint32_t code, size_t length, char* output) {
  constexpr uint8_t kLeads[] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (size_t i = length - 1; i > 0; --i) {
    output[i] = static_cast<char>(0x80 | (code & 0x3F));
    code >>= 6;
  }
  output[0] = static_cast<char>(kLeads[length] | code);
}

// Encodes `units` units, or one more, as long as there is room; adds to `progress`. False: there is
// no room left.
bool EncodeByCharacter(Utf16 text, size_t units, std::span<char> output, Utf8Progress& progress) {
  const size_t end = std::min(text.size(), progress.read + units);
  while (progress.read < end) {
    const Character character = FirstCharacter(text.subspan(progress.read));
    const size_t length = LengthOf(character.code);
    if (length > output.size() - progress.written) return false;
    Put(character.code, length, output.data() + progress.written);
    progress.read += character.units;
    progress.written += length;
  }
  return true;
}

}  // namespace

size_t Utf8Length(std::span<const char> latin1) {
  return simdutf::utf8_length_from_latin1(latin1.data(), latin1.size());
}

size_t Utf8Length(std::span<const char16_t> utf16) {
  return simdutf::utf8_length_from_utf16_with_replacement(utf16.data(), utf16.size()).count;
}

void EncodeUtf8(std::span<const char> latin1, char* output) {
  (void)simdutf::convert_latin1_to_utf8(latin1.data(), latin1.size(), output);
}

void EncodeUtf8(std::span<const char16_t> utf16, char* output) {
  if (simdutf::convert_utf16_to_utf8(utf16.data(), utf16.size(), output) > 0) return;
  Utf8Progress progress{0, 0};
  EncodeByCharacter(utf16, utf16.size(), {output, utf16.size() * kMostBytes}, progress);
}

Utf8Progress EncodeUtf8Into(std::span<const char> latin1, std::span<char> output) {
  const size_t written = simdutf::convert_latin1_to_utf8_safe(latin1.data(), latin1.size(),
                                                              output.data(), output.size());
  // With room for another character, there is none.
  if (written + 1 < output.size()) return {latin1.size(), written};
  return {simdutf::count_utf8(output.data(), written), written};
}

Utf8Progress EncodeUtf8Into(std::span<const char16_t> utf16, std::span<char> output) {
  if (output.size() >= utf16.size()) {
    const size_t length = Utf8Length(utf16);
    if (length <= output.size()) {
      EncodeUtf8(utf16, output.data());
      return {utf16.size(), length};
    }
  }
  // The room that is left shrinks to a fraction in each round.
  Utf8Progress progress{0, 0};
  while (progress.read < utf16.size()) {
    const Utf16 rest = utf16.subspan(progress.read);
    const size_t room = output.size() - progress.written;
    const size_t most = std::min(rest.size(), room / kMostBytes);
    if (most >= kWorthACall) {
      // A pair of surrogates must not be torn apart.
      const size_t units = most < rest.size() && IsHigh(rest[most - 1]) ? most - 1 : most;
      const size_t bytes =
          simdutf::convert_utf16_to_utf8(rest.data(), units, output.data() + progress.written);
      if (bytes > 0) {
        progress.read += units;
        progress.written += bytes;
        continue;
      }
    }
    if (!EncodeByCharacter(utf16, std::max(most, kWorthACall), output, progress)) break;
  }
  return progress;
}

}  // namespace nano::runtime

// Where the legacy decoders write to, and what they do about errors. Thread: any.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nano::runtime {

inline constexpr char16_t kReplacement = u'\uFFFD';

class DecoderOutput {
 public:
  DecoderOutput(char16_t* units, bool fatal) : begin_(units), next_(units), fatal_(fatal) {}

  void Put(char16_t unit) { *next_++ = unit; }

  void PutCodePoint(uint32_t code) {
    if (code < 0x10000) return Put(static_cast<char16_t>(code));
    Put(static_cast<char16_t>(0xD7C0 + (code >> 10)));
    Put(static_cast<char16_t>(0xDC00 + (code & 0x3FF)));
  }

  // An error: U+FFFD, or in fatal mode the end.
  void Error() {
    if (fatal_) {
      malformed_ = true;
    } else {
      Put(kReplacement);
    }
  }

  bool malformed() const { return malformed_; }
  size_t size() const { return static_cast<size_t>(next_ - begin_); }

 private:
  char16_t* const begin_;
  char16_t* next_;
  const bool fatal_;
  bool malformed_ = false;
};

constexpr bool InRange(uint8_t byte, uint8_t first, uint8_t last) {
  return byte >= first && byte <= last;
}

constexpr bool IsAscii(uint8_t byte) { return byte < 0x80; }

}  // namespace nano::runtime

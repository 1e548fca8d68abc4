// Finds the open sequence at a chunk's end, and carries it over in the decoder's state.
#include "runtime/native/encoding/unicode_chunk.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace nano::runtime {
namespace {

// DecoderState::mode: the number of bytes kept in first to third, and whether the text has begun.
constexpr uint8_t kCountMask = 3;
constexpr uint8_t kStarted = 0x80;

// Some second bytes make a sequence malformed at once: overlong forms, surrogates, beyond U+10FFFF.
bool MayFollow(uint8_t lead, uint8_t second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0;
    case 0xED:
      return second <= 0x9F;
    case 0xF0:
      return second >= 0x90;
    case 0xF4:
      return second <= 0x8F;
    default:
      return true;
  }
}

}  // namespace

size_t IncompleteUtf8(std::string_view bytes) {
  for (size_t back = 1; back <= 3 && back <= bytes.size(); ++back) {
    const auto byte = static_cast<uint8_t>(bytes[bytes.size() - back]);
    if (byte < 0x80) return 0;
    if (byte < 0xC0) continue;  // Not the lead.
    const size_t needed = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    if (byte < 0xC2 || byte > 0xF4 || needed <= back) return 0;
    if (back >= 2 && !MayFollow(byte, static_cast<uint8_t>(bytes[bytes.size() - back + 1]))) {
      return 0;
    }
    return back;
  }
  return 0;
}

size_t IncompleteUtf16(std::string_view bytes, bool big_endian) {
  const size_t odd = bytes.size() % 2;
  const size_t whole = bytes.size() - odd;
  if (whole == 0) return odd;
  const auto high = static_cast<uint8_t>(bytes[whole - (big_endian ? 2 : 1)]);
  return (high & 0xFC) == 0xD8 ? odd + 2 : odd;
}

UnicodeChunk::UnicodeChunk(const DecoderState& state, std::string_view bytes)
    : bytes_(bytes), at_start_((state.mode & kStarted) == 0) {
  const size_t kept = state.mode & kCountMask;
  if (kept == 0) return;
  const uint8_t open[] = {state.first, state.second, state.third};
  joined_.reset(new (std::nothrow) char[kept + bytes.size()]);
  bytes_ = {joined_.get(), kept + bytes.size()};
  if (joined_ == nullptr) return;
  std::memcpy(joined_.get(), open, kept);
  if (!bytes.empty()) std::memcpy(joined_.get() + kept, bytes.data(), bytes.size());
}

std::string_view UnicodeChunk::KeepOpen(size_t count) {
  uint8_t open[3] = {};
  const std::string_view rest = bytes_.substr(0, bytes_.size() - count);
  if (count > 0) std::memcpy(open, rest.data() + rest.size(), count);
  const bool started = !at_start_ || !rest.empty();
  next_ = {.mode = static_cast<uint8_t>(count | (started ? kStarted : 0)),
           .first = open[0],
           .second = open[1],
           .third = open[2]};
  return rest;
}

}  // namespace nano::runtime

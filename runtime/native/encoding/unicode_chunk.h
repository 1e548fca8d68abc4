// Streams of UTF-8 and UTF-16: what of a chunk can be decoded now, and what has to wait for the
// next one. Thread: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/native/encoding/decoder_state.h"

namespace nano::runtime {

constexpr bool IsHighSurrogate(char16_t unit) { return (unit & 0xFC00) == 0xD800; }

// How many bytes at the end, at most 3, begin a well-formed character without ending it. For UTF-16
// that is an odd byte, and a high surrogate before it.
size_t IncompleteUtf8(std::string_view bytes);
size_t IncompleteUtf16(std::string_view bytes, bool big_endian);

// A chunk with the bytes that waited for it in front.
class UnicodeChunk {
 public:
  // `bytes` outlives the chunk.
  UnicodeChunk(const DecoderState& state, std::string_view bytes);
  UnicodeChunk(const UnicodeChunk&) = delete;
  UnicodeChunk& operator=(const UnicodeChunk&) = delete;

  // False: there is no memory for it.
  explicit operator bool() const { return bytes_.empty() || bytes_.data() != nullptr; }

  std::string_view bytes() const { return bytes_; }
  // Nothing of the text has been decoded yet: a byte order mark may come.
  bool AtStart() const { return at_start_; }

  // Takes `count` bytes (at most 3) off the end for the next chunk; gives the rest. Next() is the
  // state then, once the rest has been decoded.
  std::string_view KeepOpen(size_t count);
  DecoderState Next() const { return next_; }

 private:
  std::unique_ptr<char[]> joined_;
  std::string_view bytes_;
  bool at_start_;
  DecoderState next_;
};

}  // namespace nano::runtime

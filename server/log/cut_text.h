// Texts that are too long to be logged whole. Thread: any.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace nano::server {

// The first `most` bytes of a text, UTF-8 kept whole, with how much is missing; of one that lacks
// at least `missing` bytes already, that counts as well.
inline std::string CutText(std::string_view text, size_t most, size_t missing = 0) {
  size_t end = std::min(most, text.size());
  if (end == text.size() && missing == 0) return std::string(text);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  return std::string(text.substr(0, end)) + (missing == 0 ? " … (" : " … (at least ") +
         std::to_string(text.size() - end + missing) + " more bytes)";
}

}  // namespace nano::server

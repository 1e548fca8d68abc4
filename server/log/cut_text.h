// Texts that are too long to be logged whole. Thread: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nano::server {

// The first `most` bytes of a text, UTF-8 kept whole, with how much is missing.
inline std::string CutText(std::string_view text, size_t most) {
  if (text.size() <= most) return std::string(text);
  size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + " … (" + std::to_string(text.size() - end) +
         " more bytes)";
}

}  // namespace nano::server

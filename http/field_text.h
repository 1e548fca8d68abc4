// The text of header fields: ASCII, without regard to case, and to spaces around it. Pure
// functions; any thread.
#pragma once

#include <strings.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace nano::http {

inline bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// Without the spaces around it (RFC 9110, section 5.6.3).
inline std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Eight bytes at once, of which none spills into the next.
constexpr uint64_t LowerCase(uint64_t bytes) {
  constexpr uint64_t kEach = 0x0101010101010101;
  const uint64_t low = bytes & (kEach * 0x7f);
  const uint64_t from_a = low + kEach * (0x80 - 'A');       // The high bit: 'A' or above …
  const uint64_t above_z = low + kEach * (0x80 - 'Z' - 1);  // … above 'Z'.
  const uint64_t upper = (from_a & ~above_z & ~bytes) & (kEach * 0x80);
  return bytes | (upper >> 2);  // 'a' - 'A' is 0x20.
}

inline void AppendLowerCase(std::string& out, std::string_view text) {
  size_t at = out.size();
  out.append(text);
  uint64_t bytes = 0;
  for (; out.size() - at >= sizeof bytes; at += sizeof bytes) {
    std::memcpy(&bytes, out.data() + at, sizeof bytes);
    bytes = LowerCase(bytes);
    std::memcpy(out.data() + at, &bytes, sizeof bytes);
  }
  for (; at < out.size(); ++at) {
    const auto c = static_cast<unsigned char>(out[at]);
    out[at] = static_cast<char>(c + (static_cast<unsigned char>(c - 'A') < 26 ? 32 : 0));
  }
}

}  // namespace nano::http

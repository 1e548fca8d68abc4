// The text of header fields as both of HTTP/1's parsers and its writers handle it: ASCII, without
// regard to case. Pure functions; any thread.
#pragma once

#include <strings.h>

#include <string>
#include <string_view>

namespace nano::http1 {

inline bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

inline void AppendLowerCase(std::string& out, std::string_view text) {
  const size_t begin = out.size();
  out.append(text);
  for (size_t i = begin; i < out.size(); ++i) {
    const auto c = static_cast<unsigned char>(out[i]);
    out[i] = static_cast<char>(c + (static_cast<unsigned char>(c - 'A') < 26 ? 32 : 0));
  }
}

}  // namespace nano::http1

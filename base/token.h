// Tokens of HTTP (RFC 9110, section 5.6.2): names of header fields, methods, cookies' names.
//
// Owns nothing, allocates nothing. Thread-safe.
#pragma once

#include <algorithm>
#include <string_view>

namespace nano {

constexpr bool IsTokenCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

constexpr bool IsToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, IsTokenCharacter);
}

}  // namespace nano

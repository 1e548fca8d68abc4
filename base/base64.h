// Base64 (RFC 4648, section 4), and its digits. Owns nothing. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace nano {

inline constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The value of a digit; negative if it is none.
int Base64Digit(char c);

void AppendBase64(std::string& out, std::string_view bytes);

// The bytes of a text, up to the first character that is no digit.
std::string FromBase64(std::string_view text);

}  // namespace nano

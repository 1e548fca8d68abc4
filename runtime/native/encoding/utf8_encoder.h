// Strings to UTF-8 (Encoding Standard, section 8.1.2), on simdutf. Lone surrogates become U+FFFD.
// Thread: any.
#pragma once

#include <cstddef>
#include <span>

namespace nano::runtime {

// The bytes that a text takes.
size_t Utf8Length(std::span<const char> latin1);
size_t Utf8Length(std::span<const char16_t> utf16);

// Writes all of a text: Utf8Length() bytes.
void EncodeUtf8(std::span<const char> latin1, char* output);
void EncodeUtf8(std::span<const char16_t> utf16, char* output);

struct Utf8Progress {
  size_t read;     // Units of the text.
  size_t written;  // Bytes.
};

// Writes as many whole characters as there is room for.
Utf8Progress EncodeUtf8Into(std::span<const char> latin1, std::span<char> output);
Utf8Progress EncodeUtf8Into(std::span<const char16_t> utf16, std::span<char> output);

}  // namespace nano::runtime

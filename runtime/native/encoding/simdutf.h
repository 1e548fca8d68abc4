// The part of simdutf's C++ interface that ops use. The engine's executable exports these functions
// but ships no header for them. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>

namespace simdutf {

// Of this enumeration only the value that is used here; its name and type are part of the symbols.
enum error_code : int { SUCCESS = 0 };

struct result {
  error_code error;
  size_t count;  // Units read or written on success, else where the error is.
};

[[nodiscard]] bool validate_ascii(const char* text, size_t length) noexcept;
[[nodiscard]] bool validate_utf8(const char* text, size_t length) noexcept;
// An error is at the first byte of the sequence that is not well-formed.
[[nodiscard]] result validate_utf8_with_errors(const char* text, size_t length) noexcept;

// The bytes that Latin-1 and UTF-16 need in UTF-8. The second counts U+FFFD for lone surrogates;
// its error only says that there are surrogates.
[[nodiscard]] size_t utf8_length_from_latin1(const char* text, size_t length) noexcept;
[[nodiscard]] result utf8_length_from_utf16_with_replacement(const char16_t* text,
                                                             size_t length) noexcept;
// Both return the number of bytes written; the second 0 if there is a lone surrogate.
[[nodiscard]] size_t convert_latin1_to_utf8(const char* text, size_t length, char* utf8) noexcept;
[[nodiscard]] size_t convert_utf16_to_utf8(const char16_t* text, size_t length,
                                           char* utf8) noexcept;

// The first as far as there is room for whole characters.
[[nodiscard]] size_t convert_latin1_to_utf8_safe(const char* text, size_t length, char* utf8,
                                                 size_t room) noexcept;
// The characters of valid UTF-8.
[[nodiscard]] size_t count_utf8(const char* text, size_t length) noexcept;

// The UTF-16 code units that valid UTF-8 needs.
[[nodiscard]] size_t utf16_length_from_utf8(const char* text, size_t length) noexcept;
// Both return the number of units written. The first returns 0 if the text is not valid or has a
// character beyond U+00FF, the second requires valid text.
[[nodiscard]] size_t convert_utf8_to_latin1(const char* text, size_t length, char* latin1) noexcept;
[[nodiscard]] size_t convert_valid_utf8_to_utf16(const char* text, size_t length,
                                                 char16_t* utf16) noexcept;

// In the machine's byte order.
[[nodiscard]] bool validate_utf16(const char16_t* text, size_t length) noexcept;
// Lone surrogates become U+FFFD; `output` may be `input`.
void to_well_formed_utf16(const char16_t* input, size_t length, char16_t* output) noexcept;
void change_endianness_utf16(const char16_t* input, size_t length, char16_t* output) noexcept;

// Of these enumerations only the values that are used here; names and types are part of the
// symbols.
enum base64_options : uint64_t { base64_default = 0, base64_url = 1 };
enum last_chunk_handling_options : uint64_t { loose = 0 };

// An upper bound, valid for any input.
[[nodiscard]] size_t maximal_binary_length_from_base64(const char* text, size_t length) noexcept;
// "Forgiving-base64 decode" (Infra Standard, section 7) with the defaults.
[[nodiscard]] result base64_to_binary(const char* text, size_t length, char* bytes,
                                      base64_options options,
                                      last_chunk_handling_options last) noexcept;
[[nodiscard]] size_t base64_length_from_binary(size_t length, base64_options options) noexcept;
size_t binary_to_base64(const char* bytes, size_t length, char* text,
                        base64_options options) noexcept;

}  // namespace simdutf

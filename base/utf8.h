// UTF-8, decoded one code point at a time, and the cells that a code point takes on a terminal.
//
// Owns nothing, allocates nothing. Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nano {

// Stands for bytes that are not UTF-8.
inline constexpr char32_t kReplacementCharacter = 0xFFFD;

// Decodes the code point at `position`, which is inside `text`, and moves `position` past it.
// Malformed bytes give U+FFFD, one for each maximal subpart of an ill-formed sequence, as the
// WHATWG Encoding Standard's decoder does.
char32_t NextCodePoint(std::string_view text, size_t& position);

// Whether there are no malformed bytes.
bool IsUtf8(std::string_view text);

// Appends `code_point`, which is a Unicode scalar value, as UTF-8.
void AppendUtf8(std::string& out, char32_t code_point);

// Terminal cells of a code point: 0 for combining marks and controls, 2 for wide East Asian
// characters and emoji, 1 for the rest. An approximation: terminals disagree among themselves.
int CellWidth(char32_t code_point);

// Terminal cells of a text. Escape sequences that set colours ("\x1b[31m") take none.
size_t CellWidth(std::string_view text);

// `text` for one line of a terminal: control characters (other people's escape sequences among
// them) and malformed bytes become U+FFFD.
std::string Printable(std::string_view text);

}  // namespace nano

// Texts, line by line. Owns nothing. Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nano {

// Takes the first line off a text. It comes without its line feed.
std::string_view TakeLine(std::string_view& text);

// A line of a text, counted from 1; empty if there is none.
std::string_view LineAt(std::string_view text, size_t number);

// All of it as one line: its lines, without the space around them, behind each other. A sentence
// that ends with its line, as an error's message before the advice, gets its full stop.
std::string InOneLine(std::string_view text);

}  // namespace nano

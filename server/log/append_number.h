// Numbers in lines of the log. Pure functions; any thread.
#pragma once

#include <charconv>
#include <concepts>
#include <string>

namespace nano::server {

template <std::integral Number>
void AppendNumber(std::string& out, Number number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace nano::server

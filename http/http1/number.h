// Numbers as text, in heads and in framing. Pure functions; any thread.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

namespace nano::http1 {

inline void AppendNumber(std::string& out, uint64_t number, int base) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, base).ptr;
  out.append(digits, static_cast<size_t>(end - digits));
}

}  // namespace nano::http1

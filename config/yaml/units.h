// Sizes and durations as people write them. Owns nothing. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nano::config {

// What a number can be, both included: a count, bytes or milliseconds.
struct Bounds {
  uint64_t min = 0;
  uint64_t max = 0;

  bool Hold(uint64_t number) const { return number >= min && number <= max; }
};

// "16KiB", "10 MB", "4096": a whole number of B, KB, MB, GB (powers of 1000) or KiB, MiB, GiB
// (powers of 1024); without a unit, bytes. The Error has no `where`.
Result<uint64_t> ParseSize(std::string_view text);

// "500ms", "75s", "2m", "1h": a whole number with a unit, which it needs. The Error has no `where`.
Result<uint64_t> ParseMilliseconds(std::string_view text);
Result<std::chrono::milliseconds> ParseDuration(std::string_view text);

// The largest unit that divides it, as it is read: "16KiB", "1500ms".
std::string FormatSize(uint64_t bytes);
std::string FormatMilliseconds(uint64_t duration);
std::string FormatDuration(std::chrono::milliseconds duration);

}  // namespace nano::config

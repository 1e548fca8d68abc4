// The clock of deadlines. Thread: any.
#pragma once

#include <chrono>
#include <cstdint>

namespace nano::runtime {

// Since some moment before the process began.
inline uint64_t MonotonicNanoseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::nanoseconds(now).count());
}

}  // namespace nano::runtime

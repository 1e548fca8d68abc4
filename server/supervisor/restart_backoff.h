// When a worker that died is started again: at once, unless it keeps dying right after its start.
//
// Owns a counter. Pure logic, without a clock. Thread: the supervisor's.
#pragma once

#include <cstdint>

namespace nano::server {

class RestartBackoff {
 public:
  static constexpr uint64_t kHealthyMs = 1000;  // A worker that lived this long was all right.
  static constexpr uint64_t kTolerated = 3;     // Early deaths that cost no time.
  static constexpr uint64_t kFirstDelayMs = 10;
  static constexpr uint64_t kMaxDelayMs = 5000;

  // Milliseconds to wait before the next start of a worker that lived for `lifetime_ms`: 0 after a
  // healthy life or the first few early deaths, then doubling from kFirstDelayMs to kMaxDelayMs.
  uint64_t OnDeath(uint64_t lifetime_ms) {
    if (lifetime_ms >= kHealthyMs) {
      early_deaths_ = 0;
      return 0;
    }
    if (++early_deaths_ <= kTolerated) return 0;
    uint64_t delay = kFirstDelayMs;
    for (uint64_t death = kTolerated + 1; death < early_deaths_ && delay < kMaxDelayMs; ++death)
      delay *= 2;
    return delay < kMaxDelayMs ? delay : kMaxDelayMs;
  }

 private:
  uint64_t early_deaths_ = 0;  // In a row.
};

}  // namespace nano::server

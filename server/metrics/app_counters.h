// What one process counts of one app. In memory that processes share: one writes, others read, so
// that plain loads and stores do.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "server/limits/eviction.h"
#include "server/limits/reason.h"

namespace nano::server {

// Written by one thread, and by what interrupts that one only if nothing else of it writes it.
class Counter {
 public:
  void Add(uint64_t more) {
    value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  void Set(uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }
  // What is added to where Add cannot be called.
  std::atomic<uint64_t>& cell() { return value_; }

 private:
  std::atomic<uint64_t> value_{0};
};

// How requests end: by the class of their status, or without one.
enum class Ended : uint8_t { kAborted, k1xx, k2xx, k3xx, k4xx, k5xx, kCut };
inline constexpr size_t kEndings = 7;

// Upper bounds of the latency histogram, in microseconds; above is one more.
inline constexpr uint64_t kDurationBounds[] = {1'000,     2'500,     5'000,     10'000,  25'000,
                                               50'000,    100'000,   250'000,   500'000, 1'000'000,
                                               2'500'000, 5'000'000, 10'000'000};
inline constexpr size_t kDurations = std::size(kDurationBounds) + 1;

struct AppCounters {
  std::array<Counter, kEndings> requests;     // By Ended.
  std::array<Counter, kDurations> durations;  // Requests by what they took; not cumulative.
  Counter duration_us;                        // Of all of them.
  Counter in_flight;                          // A gauge.
  Counter bytes_in;                           // Of bodies that the app read …
  Counter bytes_out;                          // … and of its responses' bodies.
  Counter cpu_ticks;                          // Of runtime/watchdog.h.
  Counter boots;
  Counter boot_us;
  std::array<Counter, kEvictions> evictions;  // Isolates that were given up.
  std::array<Counter, kReasons> stops;        // Requests refused, and isolates stopped.
  Counter log_dropped;
  // The supervisor's own.
  Counter worker_deaths;
  Counter lost;  // Requests of others that were under way in those.
};

}  // namespace nano::server

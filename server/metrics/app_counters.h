// What one process counts of one app, in memory that processes share. Thread: see counter.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "server/limits/eviction.h"
#include "server/limits/reason.h"
#include "server/metrics/counter.h"

namespace nano::server {

// How requests end: by the class of their status, or without one; kLost is the supervisor's word
// for those that a worker had when it ended.
enum class Ended : uint8_t { kAborted, k1xx, k2xx, k3xx, k4xx, k5xx, kCut, kLost };
inline constexpr size_t kEndings = 8;
inline constexpr std::string_view kEndingNames[kEndings] = {"aborted", "1xx", "2xx", "3xx",
                                                            "4xx",     "5xx", "cut", "lost"};

// How an app's calls of others end.
enum class CallEnded : uint8_t {
  kOk,       // There was a response, whatever its status.
  kFailed,   // There was none: the name, the way there, TLS, a proxy, or what came instead.
  kTimeout,  // One of the time limits passed.
  kCut,      // The response broke off.
  kDenied,   // The call may not be made.
  kAborted,  // The app gave it up, or its request ended, before there was a response.
};
inline constexpr size_t kCallEndings = 6;
inline constexpr std::string_view kCallEndingNames[kCallEndings] = {"ok",  "failed", "timeout",
                                                                    "cut", "denied", "aborted"};

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
  Counter asset_requests;                     // Of those, the ones that files were the answer to.
  Counter bytes_in;                           // Of bodies that the app read …
  Counter bytes_out;                          // … and of its responses' bodies.
  Counter cpu_ticks;                          // Of runtime/watchdog.h.
  Counter boots;
  Counter boot_us;
  std::array<Counter, kEvictions> evictions;  // Isolates that were given up.
  std::array<Counter, kReasons> stops;        // Requests refused, and isolates stopped.
  std::array<Counter, kCallEndings> calls;    // Of fetch() and of services, by CallEnded.
  Counter cache_hits, cache_misses;           // Of match() …
  Counter cache_stored;                       // … and of put().
  Counter log_dropped;
  // The supervisor's own.
  Counter worker_deaths;
  Counter lost;         // Requests of others that were under way in those.
  Counter lost_unread;  // Connections in those with something that the worker had not read.
};

}  // namespace nano::server

// What one process counts of clients, whichever app they asked, in memory that processes share.
// Thread: see counter.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "http/handler.h"
#include "server/metrics/counter.h"

namespace nano::server {

// By http::SlowWith, as the keys of `server.limits` that say how slow is too slow.
inline constexpr std::string_view kSlowNames[http::kSlowWiths] = {"header_timeout", "body_timeout",
                                                                  "write_timeout", "buffer_bytes"};

// Upper bounds of what turns of the loop take, in milliseconds; above is one more.
inline constexpr uint64_t kLoopBounds[] = {10, 25, 50, 100, 250, 500, 1'000, 2'500, 5'000, 10'000};
inline constexpr size_t kLoopTurns = std::size(kLoopBounds) + 1;

// The turns of a worker's loop, by how long others waited for its end: from when the system was
// asked what there is until it was asked again.
struct LoopCounters {
  std::array<Counter, kLoopTurns> turns;  // Not cumulative.
  Counter us;                             // Of those that took longer than a coarse clock's tick.
};

struct WorkerCounters {
  std::array<Counter, http::kSlowWiths> slow_clients;
  LoopCounters loop;
};

}  // namespace nano::server

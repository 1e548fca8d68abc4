// What one process counts of clients, whichever app they asked, in memory that processes share.
// Thread: see counter.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "http/handler.h"
#include "server/metrics/counter.h"

namespace nano::server {

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
  std::array<Counter, http::kSlowWiths> slow_clients;  // By http::SlowWith.
  LoopCounters loop;
};

}  // namespace nano::server

// Whose turn it is on the watched thread. Two stores when an isolate is entered, one when it is
// left. The watchdog reads; there is one watched thread in a process (runtime/watchdog.h). Thread:
// the watched one, but for what says otherwise.
#pragma once

#include <atomic>
#include <cstdint>

#include "runtime/limits/cpu_limit.h"

namespace nano::runtime {

struct Turn {
  std::atomic<CpuLimit*> inside{nullptr};
  std::atomic<uint32_t> ticks{0};  // Of the turn, which the watchdog has not taken yet.
};
// Read by the watchdog's thread as well, and by a signal's handler.
inline constinit Turn current_turn;

// An isolate's turn. Not nested.
class WatchedTurn {
 public:
  explicit WatchedTurn(CpuLimit& limit) : limit_(limit) {
    limit.BeginTurn();
    current_turn.ticks.store(0, std::memory_order_relaxed);
    current_turn.inside.store(&limit, std::memory_order_release);
  }
  ~WatchedTurn() {
    current_turn.inside.store(nullptr, std::memory_order_relaxed);
    limit_.EndTurn();
  }
  WatchedTurn(const WatchedTurn&) = delete;
  WatchedTurn& operator=(const WatchedTurn&) = delete;

 private:
  CpuLimit& limit_;
};

// Counts what the turn that is under way has taken so far: before the request that it is charged to
// is gone. One load where it has taken no tick.
inline void CountTurn() {
  CpuLimit* const limit = current_turn.inside.load(std::memory_order_relaxed);
  if (limit != nullptr) limit->CountNow();
}

// Before one ends: the watchdog may be about to use it.
void ForgetWatched(const CpuLimit& limit);

}  // namespace nano::runtime

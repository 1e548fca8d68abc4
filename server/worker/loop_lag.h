// For how long at a time a worker's loop does not look what has come: the time that whoever came
// meanwhile has waited, at most, before anything of theirs was read. A request's own duration
// cannot have that (AppMeter::Begin), since nobody knows when in that time it came.
//
// A turn of the loop pays for a look at a coarse clock; one that takes longer than that clock's
// ticks is measured. Owns two handles. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>

#include "net/handles.h"
#include "server/metrics/worker_counters.h"

namespace nano::server {

class LoopLag {
 public:
  // The counters outlive this. `on_long`: a turn has taken longer than a tick, and the loop is
  // about to look what has come meanwhile.
  LoopLag(uv_loop_t* loop, LoopCounters& counters, std::function<void()> on_long);
  LoopLag(const LoopLag&) = delete;
  LoopLag& operator=(const LoopLag&) = delete;

  // One turn has taken so long.
  static void Count(LoopCounters& counters, uint64_t us);

 private:
  void EndTurn();

  uv_loop_t* const loop_;
  LoopCounters& counters_;
  const std::function<void()> on_long_;
  uint64_t began_ms_ = 0;  // The turn, by the loop's clock; 0: the first has not.
  net::Prepare prepare_;   // Before the loop asks the system …
  net::Check check_;       // … and after all that it told has been done.
};

}  // namespace nano::server

// Which requests of an app wait because it is the others' turn. All connections that are ready are
// served in one turn of the loop; so an app with many clients, each of whom makes it compute, would
// hold up the other apps for the sum of that. An app that was found computing for a tick of CPU
// time (runtime/watchdog.h) pays with a turn: its next requests come after whoever else is there
// now.
//
// A request pays a look at two numbers; an app that has the worker for itself, no more than that.
//
// Owns the queue. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <functional>

#include "http/handler.h"
#include "net/handles.h"
#include "server/metrics/app_counters.h"
#include "server/worker/request_queue.h"

namespace nano::server {

class AppTurns {
 public:
  struct Slot {
    std::function<bool()> alone;  // No other app of the worker has an isolate.
    // Takes a request that has its turn.
    std::function<void(http::ServerExchange&, const http::RequestHead&)> take;
  };

  // `ticks` are those in which the app was found running. They outlive this.
  AppTurns(uv_loop_t* loop, const Counter& ticks, Slot slot);
  AppTurns(const AppTurns&) = delete;
  AppTurns& operator=(const AppTurns&) = delete;

  // Whether a request that comes now has its turn.
  bool Has() {
    if (ticks_.value() == seen_ticks_ && waiting_.empty()) [[likely]] {
      return true;
    }
    return HasAlone();
  }
  // One that has not: it waits, for as long as it takes.
  void Wait(http::ServerExchange& exchange, const http::RequestHead& head);

  size_t waiting() const { return waiting_.size(); }
  // Gives up all that wait.
  void EndAll() { waiting_.FailAll(); }

 private:
  bool HasAlone();
  void Take();

  const Counter& ticks_;
  const Slot slot_;
  RequestQueue waiting_;
  net::Timer next_;
  uint64_t seen_ticks_ = 0;  // When the app's turn began.
};

}  // namespace nano::server

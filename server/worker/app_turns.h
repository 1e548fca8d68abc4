// Which requests of an app wait because it is the others' turn. All connections that are ready are
// served in one turn of the loop; so an app with many clients, each of whom makes it compute, would
// hold up the other apps for the sum of that. An app that was found computing for a tick of CPU
// time (runtime/watchdog.h) pays with a turn: its next requests come after whoever else is there
// now.
//
// What comes for requests that it has, parts of their bodies and answers of others, is given to it
// in the same way, but stays where it is meanwhile: in the system, which tells of it again. So that
// new requests do not keep it from ending those that it has, that has an account of its own.
//
// A request pays a look at two numbers; an app that has the worker for itself, no more than that.
//
// Owns the queue. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <functional>

#include "base/function_ref.h"
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
  // Whether news for one that it has got has its turn: in each of the loop's turns as much as makes
  // it compute for a tick. False: to be asked again in the next one.
  bool HasMore();
  // One that has not: it waits, for as long as it takes.
  void Wait(http::ServerExchange& exchange, const http::RequestHead& head);

  size_t waiting() const { return waiting_.size(); }
  // Those that wait at another version of the app. `visit` is told of each.
  void TakeOver(AppTurns& other, FunctionRef<void(http::ServerExchange&)> visit) {
    waiting_.TakeOver(other.waiting_, visit);
    if (!waiting_.empty()) next_.Start(0);
  }
  // Gives up all that wait; `end` ends each.
  void EndAll(FunctionRef<void(http::ServerExchange&)> end) { waiting_.EndAll(end); }

 private:
  bool HasAlone();
  void Take();

  const Counter& ticks_;
  const Slot slot_;
  RequestQueue waiting_;
  net::Timer next_;
  uint64_t seen_ticks_ = 0;  // When the app's turn began.
  uv_loop_t* const loop_;
  uint64_t more_turn_ = 0;   // The loop's, by its own count, in which there was news last …
  uint64_t more_ticks_ = 0;  // … and when that began.
};

}  // namespace nano::server

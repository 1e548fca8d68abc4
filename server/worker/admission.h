// Which requests an app answers now, which wait, and which are refused: `limits.concurrency`,
// `queue` and `queue_timeout` of one version in one worker. And which of them wait because it is
// the others' turn: once an app was found computing for a tick of CPU time within one turn of the
// loop, its next requests get one turn each, so that nobody waits for all of an app's clients.
//
// Owns the queues. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <functional>

#include "config/schema/limits.h"
#include "http/handler.h"
#include "net/handles.h"
#include "server/limits/refusal.h"
#include "server/metrics/app_counters.h"
#include "server/worker/request_queue.h"

namespace nano::server {

class Admission {
 public:
  struct Slot {
    std::function<size_t()> in_flight;  // Requests that the app has, and has not answered.
    std::function<void(http::ServerExchange&, const http::RequestHead&)> answer;
    std::function<void(http::ServerExchange&, const Refusal&)> refuse;
  };

  // `loop_turn` counts the loop's turns; null: nobody does, and no request waits for one. `ticks`
  // are those of the app's CPU time (runtime/watchdog.h). Both outlive this.
  Admission(uv_loop_t* loop, const config::AppLimits& limits, const uint64_t* loop_turn,
            const Counter& ticks, Slot slot);
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // Whether the app may have a request that comes now in this turn of the loop. Costs a look at
  // two numbers.
  bool HasTurn() {
    if (!in_turn_.empty()) [[unlikely]] {
      return false;
    }
    if (loop_turn_ == nullptr) return true;
    if (seen_turn_ == *loop_turn_) return ticks_.value() == seen_ticks_;
    BeginTurn();
    return true;
  }
  // One that it may not: it waits, for as long as it takes.
  void WaitForTurn(http::ServerExchange& exchange, const http::RequestHead& head);

  // Whether one that has its turn is answered at once, where the app has so many.
  bool HasRoom(size_t in_flight) const {
    return limit_ == 0 || (in_flight < limit_ && queue_.empty());
  }
  // One that is not: it waits, or is refused.
  void Wait(http::ServerExchange& exchange, const http::RequestHead& head);

  // The app may have ended requests: those that wait get their turn when the loop is in control.
  void OnTurn() {
    if (!queue_.empty()) [[unlikely]] {
      turn_.Start(0);
    }
  }

  size_t waiting() const { return queue_.size() + in_turn_.size(); }
  // Gives up all that wait.
  void EndAll();

 private:
  void LetIn();
  void TakeTurn();
  void BeginTurn() {
    seen_turn_ = *loop_turn_;
    seen_ticks_ = ticks_.value();
  }

  const size_t limit_;
  const size_t queue_limit_;
  const uint64_t queue_timeout_;
  const uint64_t* const loop_turn_;
  const Counter& ticks_;
  const Slot slot_;
  RequestQueue queue_;
  net::Timer turn_;
  RequestQueue in_turn_;  // Those that wait for a turn of the loop …
  net::Timer next_turn_;  // … and that.
  uint64_t seen_turn_ = 0;
  uint64_t seen_ticks_ = 0;  // When that began for the app.
};

}  // namespace nano::server

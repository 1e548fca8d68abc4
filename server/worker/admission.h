// Which requests an app answers now, which wait, and which are refused: `limits.concurrency`,
// `queue` and `queue_timeout` of one version in one worker.
//
// Owns the queue. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <cstddef>
#include <functional>

#include "base/function_ref.h"
#include "config/schema/limits.h"
#include "http/handler.h"
#include "net/handles.h"
#include "server/limits/refusal.h"
#include "server/worker/request_queue.h"

namespace nano::server {

class Admission {
 public:
  struct Slot {
    std::function<size_t()> in_flight;  // Requests that the app has, and has not answered.
    std::function<void(http::ServerExchange&, const http::RequestHead&)> answer;
    std::function<void(http::ServerExchange&, const Refusal&)> refuse;
    // Whether there is time for another one in the loop's turn (app_turns.h).
    std::function<bool()> has_turn;
  };

  Admission(uv_loop_t* loop, const config::AppLimits& limits, Slot slot);
  // Others, from now on. A shorter queue sends nobody away who waits already.
  void Set(const config::AppLimits& limits);
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // Whether a request that comes now is answered at once, where the app has so many.
  bool HasRoom(size_t in_flight) const {
    return queue_.empty() && (limit_ == 0 || in_flight < limit_);
  }
  // One that is not: it waits, or is refused.
  void Wait(http::ServerExchange& exchange, const http::RequestHead& head);

  // The app may have ended requests: those that wait get their turn when the loop is in control.
  void OnTurn() {
    if (!queue_.empty()) [[unlikely]] {
      turn_.Start(0);
    }
  }

  size_t waiting() const { return queue_.size(); }
  // Those that wait at another version of the app, which is not to begin any more. They are not
  // counted by `queue`: who waits already is not sent away. `visit` is told of each.
  void TakeOver(Admission& other, FunctionRef<void(http::ServerExchange&)> visit) {
    queue_.TakeOver(other.queue_, visit);
    OnTurn();
  }
  // Gives up all that wait; `end` ends each.
  void EndAll(FunctionRef<void(http::ServerExchange&)> end) { queue_.EndAll(end); }

 private:
  void LetIn();

  size_t limit_;
  size_t queue_limit_;
  uint64_t queue_timeout_;
  const Slot slot_;
  RequestQueue queue_;
  net::Timer turn_;
};

}  // namespace nano::server

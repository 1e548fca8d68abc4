// How a worker ends: on request, because another server has taken over, or because its group is no
// more. What is under way comes to its end first, for as long as it may.
//
// Owns the timers of it; refers to the worker's parts, which outlive it. Thread: the loop's.
#pragma once

#include <uv.h>

#include <chrono>
#include <functional>
#include <optional>

#include "http/http1/listener.h"
#include "net/handles.h"
#include "server/worker/forwarding.h"
#include "server/worker/release_follower.h"
#include "server/worker/router.h"

namespace nano::server {

class WorkerEnding {
 public:
  struct Options {
    bool of_group = false;                       // Not one of those that serve all.
    std::chrono::milliseconds shutdown_timeout;  // For what is under way when it is to stop …
    std::chrono::milliseconds drain_timeout;     // … and when others go on in its place.
  };
  WorkerEnding(uv_loop_t* loop, http1::Listener& listener, Forwarding& forwarding,
               ReleaseFollower& follower, Router& router, const Options& options)
      : loop_(loop),
        listener_(listener),
        forwarding_(forwarding),
        follower_(follower),
        router_(router),
        options_(options) {}

  bool begun() const { return begun_; }

  // Each ends the loop when nothing is left to do.
  void Stop();
  // In the loop's next turn: what the supervisor says may be read in the middle of a request
  // (Reminders), whose connection must not be ended there.
  void RetireInNextTurn();
  void DismissInNextTurn();

 private:
  void InNextTurn(std::function<void()> ending);
  void Retire();
  void Dismiss();
  void EndWhenDrained();
  void StopWhenIdle();

  uv_loop_t* const loop_;
  http1::Listener& listener_;
  Forwarding& forwarding_;
  ReleaseFollower& follower_;
  Router& router_;
  const Options options_;
  bool begun_ = false;
  bool drained_ = false;  // No connection is left.
  std::optional<net::Timer> next_turn_;
  std::optional<net::Timer> dismissed_;  // For what is under way, once connections are passed on.
  std::optional<net::Prepare> idle_check_;
};

}  // namespace nano::server

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
#include "server/log/log.h"
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
  WorkerEnding(uv_loop_t* loop, Log& log, http1::Listener& listener, Forwarding& forwarding,
               ReleaseFollower& follower, Router& router, const Options& options)
      : loop_(loop),
        log_(log),
        listener_(listener),
        forwarding_(forwarding),
        follower_(follower),
        router_(router),
        options_(options) {}

  bool begun() const { return begun_; }

  // Each but the next ends the loop when nothing is left to do.
  //
  // Of a group, whose worker goes on while others may send it something: its clients are told not
  // to ask again.
  void WindDownInNextTurn();
  void Stop();
  // In the loop's next turn: what the supervisor says may be read in the middle of a request
  // (Reminders), whose connection must not be ended there.
  void StopInNextTurn();
  void RetireInNextTurn();
  void DismissInNextTurn();
  // What is left is cut, each with a line of the access log; promises are not waited for.
  void CutInNextTurn();

 private:
  void InNextTurn(std::function<void()> ending);
  void Retire();
  void Dismiss();
  void Cut();
  void EndWhenDrained();
  void StopWhenIdle();
  void TellPromises();

  uv_loop_t* const loop_;
  Log& log_;
  http1::Listener& listener_;
  Forwarding& forwarding_;
  ReleaseFollower& follower_;
  Router& router_;
  const Options options_;
  bool begun_ = false;
  const char* why_ = http1::Listener::kStopped;  // It is cut, if it is.
  bool drained_ = false;                         // No connection is left …
  bool is_cut_ = false;                          // … nor is anything else waited for.
  std::optional<net::Timer> next_turn_;
  std::optional<net::Timer> dismissed_;  // For what is under way, once connections are passed on.
  std::optional<net::Prepare> idle_check_;
};

}  // namespace nano::server

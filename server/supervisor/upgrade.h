// SIGUSR2: the server is to be replaced by the program as it is on disk now. One attempt at a time;
// each ends with a server that could take over, or with a line in the log that says why not.
//
// Owns the successor of the attempt. Thread: the supervisor's loop.
#pragma once

#include <sys/types.h>
#include <uv.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/handles.h"
#include "server/log/log.h"
#include "server/supervisor/handover.h"
#include "server/supervisor/successor.h"

namespace nano::server {

class Upgrade {
 public:
  struct Options {
    std::vector<std::string> command;  // What the server was started by.
    std::chrono::milliseconds timeout{60'000};
  };
  struct Callbacks {
    std::function<Result<Handover>()> hand_over;
    // It could serve, and is to be let (Successor::LetServe).
    std::function<void(Successor&)> ready;
    // After hand_over: there is no other server any more.
    std::function<void()> failed;
  };

  // The log outlives it.
  Upgrade(uv_loop_t* loop, Options options, Log& log, Callbacks callbacks);
  Upgrade(const Upgrade&) = delete;
  Upgrade& operator=(const Upgrade&) = delete;

  void Begin();
  // Ends an attempt that has not come to its end.
  void Cancel();
  // A child that is no worker has been reaped.
  void OnDeath(pid_t pid, int status);

 private:
  // Why there cannot be an upgrade; empty if there can.
  std::string Refusal() const;
  void Fail(const Error& error);

  uv_loop_t* const loop_;
  const Options options_;
  Log& log_;
  const Callbacks callbacks_;
  std::unique_ptr<Successor> successor_;
  net::Timer end_;  // The successor is not destroyed by its own callback.
};

}  // namespace nano::server

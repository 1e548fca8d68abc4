// Workers that a release was committed without, because they were busy: each is told of when it is
// left behind and when it follows, and ended if it does not for too long. Its limits may let the
// app that keeps it compute for ever (`limits.cpu: 0s`), but not while others wait for the worker.
//
// Owns what is known of them, and a timer. Thread: the supervisor's loop.
#pragma once

#include <uv.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "net/handles.h"
#include "server/deploy/workers.h"
#include "server/log/log.h"

namespace nano::server {

class Stragglers {
 public:
  // The app that a version is of; empty: it is not known.
  using AppOf = std::function<std::string(uint32_t version)>;

  // `patience`: how long one may be behind. Workers and log outlive this.
  Stragglers(uv_loop_t* loop, Workers& workers, Log& log, std::chrono::milliseconds patience,
             AppOf app_of);

  // It was told of `release`, which has been committed without it. Returns what is so now, as a
  // sentence for whoever asked for the change.
  std::string Add(const WorkerLink& worker, uint64_t release);
  // It has come to all that it was told.
  void Caught(const WorkerLink& worker);
  void OnEnded(const WorkerLink& worker) { behind_.erase(worker.id); }

 private:
  void EndLate();
  void Arm();
  // The app that the worker runs just now; empty: none.
  std::string Running(const WorkerLink& worker) const;

  uv_loop_t* const loop_;
  Workers& workers_;
  Log& log_;
  const std::chrono::milliseconds patience_;
  const AppOf app_of_;
  std::unordered_map<uint64_t, uint64_t> behind_;  // Since when by the loop's clock, by ids.
  net::Timer timer_;
};

}  // namespace nano::server

// Workers that a release was committed without, because they were busy: each is told of when it is
// left behind and when it follows, and ended if it does not for too long. Its limits may let the
// app that keeps it compute for ever (`limits.cpu: 0s`), but not while others wait for the worker.
// Whoever keeps to a bound on CPU time is waited for, however short `server.drain_timeout` is.
//
// Owns what is known of them, and a timer. Thread: the supervisor's loop.
#pragma once

#include <uv.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "net/handles.h"
#include "server/deploy/workers.h"
#include "server/log/log.h"

namespace nano::server {

// Ends a worker that does not come to what it was told. That counts for the app that it runs just
// now, unless that one's own limits bound how long it computes. `why` and `limit` as in
// Workers::End.
void EndBusy(Workers& workers, WorkerLink& worker, const std::string& why,
             const std::optional<AppFaults::End>& limit = std::nullopt);

class Stragglers {
 public:
  // The app that a version is of; empty: it is not known.
  using AppOf = std::function<std::string(uint32_t version)>;

  // `patience`: how long one may be behind, if none of its apps may compute for so long. Workers
  // and log outlive this.
  Stragglers(uv_loop_t* loop, Workers& workers, Log& log, std::chrono::milliseconds patience,
             AppOf app_of);

  // It was told of `release`, which has been committed without it. Returns what is so now, as a
  // sentence for whoever asked for the change.
  std::string Add(const WorkerLink& worker, uint64_t release);
  // It has come to all that it was told.
  void Caught(const WorkerLink& worker);
  void OnEnded(const WorkerLink& worker) { behind_.erase(worker.id); }

 private:
  struct Behind {
    uint64_t since_ms = 0;  // The loop's clock.
    std::chrono::milliseconds patience{0};
    uint64_t due_ms() const { return since_ms + static_cast<uint64_t>(patience.count()); }
  };

  void EndLate();
  void Arm();
  std::string WordsOf(const Behind& behind) const;
  // The app that the worker runs just now; empty: none.
  std::string Running(const WorkerLink& worker) const;

  uv_loop_t* const loop_;
  Workers& workers_;
  Log& log_;
  const std::chrono::milliseconds patience_;
  const AppOf app_of_;
  std::unordered_map<uint64_t, Behind> behind_;  // By workers' ids.
  net::Timer timer_;
};

}  // namespace nano::server

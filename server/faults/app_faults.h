// Which app each worker is running, and which apps have killed workers.
//
// A worker that an app kills can say nothing any more, so what it runs is noted beforehand in
// memory that supervisor and workers share: one relaxed store when an isolate is entered, one when
// it is left. The supervisor blames the app of a worker that died. An app that keeps killing
// workers is refused for growing times, because each of its requests may cost the ones that others
// have under way in the same worker.
//
// Owns the shared mapping, which processes forked later inherit. Thread: the main one of each
// process; a worker writes its own record, the supervisor everything else. Apps are indices of the
// release's, workers are slots, times are the event loops' clock (monotonic milliseconds).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nano::server {

class AppFaults {
 public:
  static constexpr uint32_t kTolerated = 3;  // Deaths within kMemoryMs until an app is refused.
  static constexpr uint64_t kMemoryMs = 60'000;
  static constexpr uint64_t kFirstDelayMs = 1000;
  static constexpr uint64_t kMaxDelayMs = 60'000;

  AppFaults(std::vector<std::string> apps, size_t workers);
  ~AppFaults();
  AppFaults(const AppFaults&) = delete;
  AppFaults& operator=(const AppFaults&) = delete;

  // In a worker, while the app's isolate is booted or runs. Not nested.
  class Running {
   public:
    Running(AppFaults& faults, size_t worker, size_t app);
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    AppFaults& faults_;
    const size_t worker_;
  };

  // In the supervisor: what a worker that is gone was running, if anything. Forgets it.
  std::optional<size_t> TakeRunning(size_t worker);
  // In the supervisor: a worker died of `app`. Milliseconds for which the app is refused now: 0
  // for the first deaths, then doubling from kFirstDelayMs to kMaxDelayMs. Deaths are forgotten
  // after kMemoryMs in which the app was served and killed nothing.
  uint64_t Blame(size_t app, uint64_t now_ms);

  // Whether the app ever killed a worker.
  bool blamed(size_t app) const;
  // For how many milliseconds more the app is refused; usually 0.
  uint64_t RefusedFor(size_t app, uint64_t now_ms) const;

  const std::string& name(size_t app) const { return apps_[app].name; }

 private:
  struct WorkerRecord;
  struct AppRecord;
  // The supervisor's own account.
  struct App {
    std::string name;
    uint32_t deaths = 0;     // Lately.
    uint64_t forget_ms = 0;  // When they are forgotten.
  };

  std::vector<App> apps_;
  size_t bytes_ = 0;
  WorkerRecord* workers_ = nullptr;  // The mapping begins here …
  AppRecord* records_ = nullptr;     // … and goes on here.
};

}  // namespace nano::server

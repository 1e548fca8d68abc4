// The isolates of a worker: which there are, and which are given up because nobody needs them.
//
// One that has nothing under way goes when its app got no request for as long as its `idle` says;
// earlier, the least recently used first, when the worker has more memory than `server.memory`, or
// when the system lets the process have no more isolates and another app needs one. If the worker
// has too much memory and no such isolate is left, the largest is made to collect its garbage, then
// stopped, and if none is left, the worker ends.
//
// A request pays the store of a time for it. The isolate that is left last is kept from `idle`: V8
// tears its shared read-only heap down with it, which makes the next boot three times as slow. For
// the same reason owns one that was stopped while it was the last, until the next boot. Thread: the
// worker's loop.
#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "net/handles.h"
#include "runtime/app_isolate.h"
#include "server/limits/eviction.h"
#include "server/log/log.h"
#include "server/release/app_version.h"
#include "server/worker/isolate_ceiling.h"

namespace nano::server {

class AppSlot;

// Ends before the share of the version that it was booted from.
struct RetiredIsolate {
  std::shared_ptr<const AppVersion> version;
  std::unique_ptr<runtime::AppIsolate> isolate;
};

class Residents {
 public:
  static constexpr uint64_t kMemoryPeriodMs = 50;   // Between two looks at the memory.
  static constexpr uint64_t kLeastIdleMs = 50;      // Between two looks for idle ones.
  static constexpr uint64_t kBudgetNs = 5'000'000;  // For one look; at least one isolate is ended.
  static constexpr uint64_t kTrimMs = 200;          // For what else is freed meanwhile.
  static constexpr size_t kAtCeiling = 64;          // So many make room at once.
  static constexpr uint64_t kLargestKept = uint64_t{16} << 20;  // Bytes of one that was stopped.
  static constexpr uint64_t kLogPeriodMs = 10'000;

  struct Options {
    uint64_t memory = 0;             // Bytes; 0: no bound.
    std::function<uint64_t()> used;  // What of these the process has.
    IsolateCeiling::System system;
    // Too much memory, and no isolate is left to blame but this version's, which was the last to be
    // stopped for it; 0: none was.
    std::function<void(uint32_t version, uint64_t used)> exhausted;
  };
  // Beyond `memory` by so much, isolates that are needed are stopped.
  static uint64_t CeilingOf(uint64_t memory) { return memory + memory / 4; }

  Residents(uv_loop_t* loop, Log& log, Options options);
  Residents(const Residents&) = delete;
  Residents& operator=(const Residents&) = delete;

  size_t size() const { return slots_.size(); }
  uint64_t memory() const { return options_.memory; }

  // Before a boot: gives up what has to go for it. False: there is no room for another isolate.
  bool MakeRoom();
  // The slot has booted an isolate …
  void Add(AppSlot& slot);
  // … and has it no more.
  void Remove(AppSlot& slot);
  // It has one, and keeps it for another time from now on.
  void OnIdleChanged(const AppSlot& slot);
  // It was stopped; the ports that it has are the slot's, which calls Forget before it ends.
  void Keep(RetiredIsolate retired);
  // Collects the garbage of isolates that have something under way: of as many as there is time
  // for, and of the next ones the next time. Not from within one.
  void CollectGarbage();
  // Much was freed, or is about to be: in a moment the heap gives back to the system what it can.
  void TrimSoon();
  void Forget(const AppVersion& version);

 private:
  void LookAfter(uint64_t ms);
  void LookForIdle();
  void LookAtMemory();
  void EvictForMemory();
  void RelieveMemory(uint64_t used);
  bool EvictLeastRecent(Eviction reason);
  AppSlot* Largest() const;
  void LogEvictions();

  uv_loop_t* const loop_;
  Log& log_;
  const Options options_;
  IsolateCeiling ceiling_;
  std::vector<AppSlot*> slots_;
  std::optional<RetiredIsolate> retired_;
  net::Timer idle_timer_;  // Until the next slot may have been idle for long enough.
  uint64_t idle_at_ = 0;   // That time; meaningless while the timer does not run.
  net::Timer memory_timer_;
  net::Timer trim_timer_;      // Much was freed, and is still the heap's.
  size_t next_collected_ = 0;  // Where CollectGarbage goes on.
  bool collected_ = false;     // The largest isolate's garbage, for there is too much memory.
  uint32_t last_stopped_ = 0;  // The version that was, for the same.
  uint64_t untold_ = 0;        // Evictions for memory that the log does not have yet.
  uint64_t told_ms_ = 0;
};

}  // namespace nano::server

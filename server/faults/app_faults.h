// Which app each worker is running, and which apps have killed workers.
//
// A worker that an app kills can say nothing any more, so what it runs is noted beforehand in
// memory that supervisor and workers share: one relaxed store when an isolate is entered, one when
// it is left. The supervisor blames the app of a worker that died. An app that keeps killing
// workers is refused for growing times, because each of its requests may cost the ones that others
// have under way in the same worker.
//
// Owns the shared mapping, which processes forked later inherit. Thread: the main one of each
// process; a worker writes its own record, the supervisor everything else. Apps go by the ids of
// their versions (server/release/app_version.h): a new version is blamed for nothing that the old
// one did. Workers are slots, times are the event loops' clock (monotonic milliseconds).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "server/faults/circuit.h"
#include "server/limits/reason.h"

namespace nano::server {

class AppFaults {
 public:
  static constexpr uint32_t kTolerated = 5;  // Deaths within kMemoryMs until an app is refused.
  static constexpr uint64_t kMemoryMs = 60'000;
  static constexpr uint64_t kFirstDelayMs = 10'000;
  static constexpr uint64_t kMaxDelayMs = 300'000;

  // Of versions served at once; beyond, two of them may be taken for one.
  static constexpr uint32_t kVersions = 1 << 16;

  explicit AppFaults(size_t workers);
  ~AppFaults();
  AppFaults(const AppFaults&) = delete;
  AppFaults& operator=(const AppFaults&) = delete;

  // In a worker, while the app's isolate is booted or runs. Not nested.
  class Running {
   public:
    Running(AppFaults& faults, size_t worker, uint32_t version);
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    AppFaults& faults_;
    const size_t worker_;
  };

  // Why a worker ended itself: what an app was to be stopped for, and what that costs others.
  struct End {
    Reason reason = Reason::kCpuLimit;
    uint64_t limit = 0;   // Bytes or milliseconds …
    uint64_t used = 0;    // … as these.
    uint64_t unread = 0;  // Connections on which something had come that was not read yet.
  };
  // In a worker that is about to. On any thread.
  void NoteEnd(size_t worker, const End& end);
  // In the supervisor: of a worker that is gone. None: it did not end itself. Forgets it.
  std::optional<End> TakeEnd(size_t worker);
  // In the supervisor: what a worker runs at the moment, if anything.
  std::optional<uint32_t> RunningIn(size_t worker) const;
  // In the supervisor: what a worker that is gone was running, if anything. Forgets it.
  std::optional<uint32_t> TakeRunning(size_t worker);
  // In the supervisor: a version of the app `name` begins to be served; nothing if it is known.
  void Admit(uint32_t version, const std::string& name);
  // In the supervisor: no worker has anything of the version any more.
  void Forget(uint32_t version);
  // How a version has ended a worker.
  struct Death {
    uint64_t now_ms = 0;
    int64_t time = 0;  // Milliseconds since 1970.
    std::optional<Reason> reason;
    std::string text;
  };
  // In the supervisor: a worker died of it. Milliseconds for which the version is refused now: 0
  // for the first deaths, then doubling from kFirstDelayMs to kMaxDelayMs. Deaths are forgotten
  // after kMemoryMs in which the app was served and killed nothing. Nothing of a version that is
  // not known, for nobody runs it again.
  uint64_t Blame(uint32_t version, Death death);
  // In the supervisor: a version that is refused is tried now, with its deaths in mind. Whether it
  // was refused.
  bool TryAgain(uint32_t version, uint64_t now_ms);
  // In the supervisor: none of a version that has ended no worker lately.
  std::optional<Circuit> CircuitOf(uint32_t version, uint64_t now_ms) const;

  // Whether the version ever killed a worker.
  bool blamed(uint32_t version) const;
  // For how many milliseconds more the version is refused; usually 0.
  uint64_t RefusedFor(uint32_t version, uint64_t now_ms) const;

  // In the supervisor: the app's; empty of a version that is not known.
  const std::string& name(uint32_t version) const;

 private:
  struct WorkerRecord;
  struct VersionRecord;
  // The supervisor's own account.
  struct Account {
    std::string name;
    uint32_t deaths = 0;     // Lately.
    uint64_t forget_ms = 0;  // When they are forgotten.
    uint64_t open_ms = 0;    // For how long it was refused …
    Death last;              // … since this one.
  };

  VersionRecord& RecordOf(uint32_t version) const;

  std::unordered_map<uint32_t, Account> accounts_;
  size_t bytes_ = 0;
  WorkerRecord* workers_ = nullptr;   // The mapping begins here …
  VersionRecord* records_ = nullptr;  // … and goes on here; pages of it that are used take memory.
};

}  // namespace nano::server

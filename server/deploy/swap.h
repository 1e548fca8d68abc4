// One attempt at changing over from a release to the next: the new versions are tried in a probe,
// then prepared in all workers, and only then does any of them serve the release.
//
// A crash or a hang in the probe costs nobody anything. Workers that end meanwhile are replaced,
// and what replaces them is prepared too. Until the commit, whatever fails leaves everything as it
// was.
//
// Those are waited for that have an app which changes, unless they are busy with another: a worker
// that does not answer in time is left behind, as are those that have not come to an earlier
// release yet. All of them are told the same, in order, and reminded to read it before they go on.
//
// Owns the descriptors of the snapshots that are new to the workers. Thread: the supervisor's loop.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/descriptor.h"
#include "net/handles.h"
#include "server/deploy/workers.h"
#include "server/release/release.h"
#include "server/release/release_loader.h"

namespace nano::server {

// Why a release, or one of its versions, cannot be served.
struct SwapFailure {
  uint32_t version = 0;  // 0: the release as a whole.
  std::string step;      // "boot", "health", "prepare", "persist", "commit"
  std::string message;
  std::vector<std::string> log;  // The app's last lines.
};

class Swap {
 public:
  using Snapshots = SnapshotDescriptors;

  struct Plan {
    std::shared_ptr<const Release> base;
    std::shared_ptr<const Release> next;
    Snapshots snapshots;  // By digest: those that the workers do not have.
    std::function<bool(const AppVersion&)> is_proven;  // Such a version needs no probe.
  };

  // What the swap asks of its owner.
  struct Callbacks {
    // All is prepared: makes the change last, before anybody sees it. What fails here fails the
    // swap.
    std::function<Result<void>()> persist;
    // From now on the next release is the one that is served.
    std::function<void()> committed;
    // The next release is served, but not yet by this worker, which has an app that changes, or has
    // come to none of many releases before: it changes over when it comes to it.
    std::function<void(WorkerLink&)> left_behind;
    // It is over: without failures, every worker that was not left behind serves the next release.
    // Called once, from the loop; the swap may be destroyed then.
    std::function<void(std::vector<SwapFailure>)> done;
  };

  // The plan's snapshots may be taken back when the swap is over (TakeSnapshots).
  Swap(uv_loop_t* loop, Workers& workers, Plan plan, Callbacks callbacks);
  // Takes back what was prepared.
  ~Swap();
  Swap(const Swap&) = delete;
  Swap& operator=(const Swap&) = delete;

  void OnStarted(WorkerLink& worker);
  void OnMessage(WorkerLink& worker, MessageKind kind, const std::string& body);
  void OnEnded(WorkerLink& worker, const WorkerDeath& death);

  Snapshots TakeSnapshots() { return std::move(plan_.snapshots); }

 private:
  enum class Phase { kProbing, kPreparing, kCommitting, kOver };

  // What is known of a worker that has been asked to prepare.
  struct Asked {
    uint32_t version = 0;  // That it has begun with; 0: none.
    std::string step;
    uint64_t deadline_ms = 0;
  };

  void PrepareAll();
  void Ask(WorkerLink& worker, BootAhead boot, uint64_t patience_ms);
  Result<void> SendRelease(WorkerLink& worker, BootAhead boot);
  void OnPreparing(WorkerLink& worker, const Preparing& message);
  void OnPrepared(WorkerLink& worker, Prepared message);
  void OnDeadline();
  void FailLate(uint64_t id);
  void ArmDeadline();
  WorkerLink* FindWorker(uint64_t id) const;  // Null: it has ended.
  bool Concerns(const WorkerLink& worker) const;
  bool Awaits(const WorkerLink& worker) const;
  void LeaveBehind(WorkerLink& worker);
  bool IsNew(uint32_t version) const;
  void Advance();
  void Commit();
  void KeepGroups(const Release& release);
  void Fail(SwapFailure failure);
  void AbortAll();
  void End();

  uv_loop_t* const loop_;
  Workers& workers_;
  Plan plan_;
  const Callbacks callbacks_;
  Phase phase_ = Phase::kProbing;
  std::unordered_map<uint32_t, std::shared_ptr<const AppVersion>> new_versions_;
  std::unordered_map<std::string, uint64_t> new_snapshots_;  // Theirs: sizes by digests.
  std::unordered_map<uint64_t, Asked> asked_;  // By the ids of workers that have not answered …
  std::set<std::string> awaited_;              // … and, by 0, groups whose workers are to start.
  std::set<uint64_t> late_;                    // Workers' ids: they have not answered in time.
  std::set<std::string> groups_;               // Of the apps that change, before and after.
  std::unordered_map<uint32_t, std::vector<std::string>> logs_;
  std::vector<SwapFailure> failures_;
  net::Timer deadline_;
  net::Timer end_;
};

}  // namespace nano::server

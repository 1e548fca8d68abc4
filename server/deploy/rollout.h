// From what is to be served to a release that is: tries it, leaves apps that fail as they were, and
// tries again without them.
//
// Apps that are served and not among those that are to be leave: they are in the release as
// `leaving`. What fails of an app concerns that app only; what fails of the release as a whole ends
// the rollout. Owns the swap that is under way. Thread: the supervisor's loop.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "server/deploy/swap.h"
#include "server/deploy/views.h"
#include "server/deploy/workers.h"
#include "server/release/release.h"
#include "server/release/release_loader.h"

namespace nano::server {

class Rollout {
 public:
  struct Plan {
    std::shared_ptr<const Release> base;
    std::vector<ServedApp> apps;    // In the order of their names.
    SnapshotDescriptors snapshots;  // That the workers do not have.
    // Apps that are gone for good: they are in the base as leaving, and drained.
    std::set<std::string> drained{};
    // Whether a version has been served by this server before: a probe would find nothing out.
    std::function<bool(const AppVersion&)> is_proven;
  };

  struct Callbacks {
    std::function<uint64_t()> next_number;
    // Versions of this release may run from now on.
    std::function<void(const Release&)> trying;
    // All is prepared; see Swap::Callbacks. `failed` are the apps that stay as they were.
    std::function<Result<void>(const std::set<std::string>& failed)> persist;
    std::function<void(std::shared_ptr<const Release>, const std::set<std::string>& failed)>
        committed;
    // See Swap::Callbacks.
    std::function<void(WorkerLink&)> left_behind;
    // It is over. Called once, from the loop; the rollout may be destroyed then.
    std::function<void()> done;
  };

  // An app, or the release as a whole, that stays as it was.
  struct Failure {
    std::string app;  // Empty: the release as a whole.
    std::string step;
    std::string message;
    std::vector<std::string> log;
  };

  Rollout(uv_loop_t* loop, Workers& workers, Plan plan, Callbacks callbacks);
  Rollout(const Rollout&) = delete;
  Rollout& operator=(const Rollout&) = delete;

  void OnStarted(WorkerLink& worker);
  void OnMessage(WorkerLink& worker, MessageKind kind, const std::string& body);
  void OnEnded(WorkerLink& worker, const WorkerDeath& death);

  // The release that is being tried; null: none.
  const Release* trying() const { return next_.get(); }

  // What came of it, once it is over.
  bool committed() const { return committed_; }
  const std::vector<Failure>& failures() const { return failures_; }
  const std::vector<AppDifference>& changes() const { return changes_; }  // That were made.
  size_t unchanged() const { return unchanged_; }

 private:
  void Compare();
  void RefuseUnchecked();
  void KeepLeaving();
  void KeepOld(SwapFailure failure);
  std::string AppOf(uint32_t version) const;
  void Try();
  void OnSwapDone(std::vector<SwapFailure> failures);
  void Finish();

  uv_loop_t* const loop_;
  Workers& workers_;
  Plan plan_;
  const Callbacks callbacks_;
  std::shared_ptr<const Release> next_;
  std::unique_ptr<Swap> swap_;
  net::Timer finish_;
  bool committed_ = false;
  std::vector<Failure> failures_;
  std::set<std::string> failed_;
  std::vector<AppDifference> changes_;
  size_t unchanged_ = 0;
};

}  // namespace nano::server

// What is served, and how it changes: takes what the files say, makes the next release of it and
// has the workers change over, one swap after the other.
//
// Owns the current release and the swap that is under way. Thread: the supervisor's loop.
#pragma once

#include <uv.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/handles.h"
#include "server/deploy/changes.h"
#include "server/deploy/swap.h"
#include "server/deploy/workers.h"
#include "server/faults/app_faults.h"
#include "server/log/log.h"
#include "server/release/release.h"
#include "server/release/release_loader.h"

namespace nano::server {

class Deployer final : public WorkersObserver {
 public:
  // Loads what is to be served now, beside what is.
  using Load = std::function<Result<LoadedRelease>(const Release& base)>;

  // `first` is served already, or by the first workers. Workers, faults and log outlive it.
  Deployer(uv_loop_t* loop, Workers& workers, AppFaults& faults, Log& log,
           std::shared_ptr<const Release> first, Load load);

  // Serves what the files say. `trigger` is a word for the log: "files", "signal", "api".
  void Reload(std::string trigger, OutcomeCallback done);

  // WorkersObserver
  std::shared_ptr<const Release> current() const override { return current_; }
  void OnStarted(WorkerLink& worker) override;
  void OnMessage(WorkerLink& worker, MessageKind kind, const std::string& body) override;
  void OnEnded(WorkerLink& worker, const WorkerDeath& death) override;
  void OnReloadSignal(std::function<void(bool failed)> over) override;
  void OnStopping() override;

 private:
  // What is to be served, as it is put together.
  struct Candidate {
    std::string trigger;
    std::vector<ServedApp> apps;
    Swap::Snapshots snapshots;
    std::vector<AppDifference> changes;  // Without the unchanged apps.
    size_t unchanged = 0;
    std::vector<SwapFailure> failures;  // Of apps that keep their old versions.
    OutcomeCallback done;
  };
  using Task = std::function<void()>;

  void Enqueue(Task task);
  void RunNext();
  void RunReload(const std::string& trigger, OutcomeCallback done);
  void RunDrop(const std::vector<std::string>& names);
  void RefuseUnchecked();
  void KeepLeaving();
  void KeepOld(SwapFailure failure);
  void Try();
  void OnCommitted();
  void OnSwapDone(std::vector<SwapFailure> failures);
  void Finish(Outcome outcome);
  void Report(const Candidate& candidate, const Outcome& outcome);
  void OnReleased();
  void ForgetVersions();
  void DropLeft();
  bool IsHeld(uint32_t version) const;
  static bool Serves(const Release& release, uint32_t version);

  uv_loop_t* const loop_;
  Workers& workers_;
  AppFaults& faults_;
  Log& log_;
  const Load load_;
  std::shared_ptr<const Release> current_;
  uint64_t last_number_;
  std::deque<Task> tasks_;
  bool running_ = false;  // A task, until its swap is over.
  bool stopping_ = false;
  net::Timer next_;  // Tasks begin from the loop.
  net::Timer left_;  // When apps that are leaving may be gone.
  std::unique_ptr<Candidate> candidate_;
  std::shared_ptr<const Release> candidate_release_;
  std::unique_ptr<Swap> swap_;
  uint64_t began_ns_ = 0;
  // Versions that workers may still have, with their apps' names.
  std::vector<std::pair<uint32_t, std::string>> served_;
  std::map<std::string, uint64_t> leaving_since_ms_;  // By name, on the loop's clock.
};

}  // namespace nano::server

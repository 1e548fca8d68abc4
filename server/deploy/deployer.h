// What is served, and how it changes: takes what the files say and what was changed through the
// API, makes the next release of it and has the workers change over, one rollout after the other.
//
// Owns the current release, the files that it was made of, the rollout that is under way, and the
// history. Thread: the supervisor's loop.
#pragma once

#include <uv.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/handles.h"
#include "server/deploy/app_views.h"
#include "server/deploy/circuit_watch.h"
#include "server/deploy/deployments.h"
#include "server/deploy/log_lines.h"
#include "server/deploy/operations.h"
#include "server/deploy/profiles.h"
#include "server/deploy/rollout.h"
#include "server/deploy/state_store.h"
#include "server/deploy/status_query.h"
#include "server/deploy/stragglers.h"
#include "server/deploy/watch.h"
#include "server/deploy/workers.h"
#include "server/faults/app_faults.h"
#include "server/log/log.h"
#include "server/metrics/app_metrics.h"
#include "server/release/release.h"
#include "server/release/release_loader.h"
#include "server/release/served_files.h"
#include "snapshot/digest.h"

namespace nano::server {

class Deployer final : public WorkersObserver, public Deployments {
 public:
  // Reads the configuration as it is now; `files` gets what it is made of, also on failure.
  using LoadConfig = std::function<Result<config::Config>(std::vector<std::string>* files)>;

  struct Options {
    std::string dist;
    std::vector<std::string> addresses;  // Actual ones.
    LoadConfig load_config;
    // The keys of `server` that are not what the server runs with, and that no reload applies.
    std::function<std::vector<std::string>(const config::ServerSettings&)> for_next_start{};
    bool watch = false;           // Reload when files change.
    StateStore* store = nullptr;  // Null: nothing can be changed through the API.
    const AppMetrics* metrics = nullptr;
    Crons* crons = nullptr;
    uint64_t worker_memory = 0;  // `server.memory`, to be shown.
    // How long a worker may be behind a release.
    std::chrono::milliseconds drain_timeout{30'000};
  };

  // What the server begins with.
  struct First {
    std::shared_ptr<const Release> release;
    std::shared_ptr<const ServedFiles> files;
    std::vector<std::string> watched;      // What the configuration is made of.
    std::vector<ReplacedSite> replaced{};  // By a server before this one, or with it.
  };

  // Workers, faults and log outlive it.
  Deployer(uv_loop_t* loop, Workers& workers, AppFaults& faults, Log& log, VersionIds& ids,
           Options options, First first);
  ~Deployer() override;

  // WorkersObserver
  void OnInCharge() override;
  std::shared_ptr<const Release> current() const override { return current_; }
  std::vector<ReplacedSite> replaced() const override { return replaced_.all(); }
  size_t broken() const override;
  bool TriesAgain(size_t slot) const override { return to_try_.contains(slot); }
  void OnStarted(WorkerLink& worker) override;
  void OnMessage(WorkerLink& worker, MessageKind kind, const std::string& body) override;
  void OnEnded(WorkerLink& worker, const WorkerDeath& death) override;
  void OnBlamed(uint32_t version) override { circuits_.Note(version, AppOf(version)); }
  void OnReloadSignal(std::function<void(bool failed)> over) override;
  void OnStopping(bool retires) override;
  bool ended() const override { return stopping_; }

  // Deployments
  const Overview& overview() override;
  std::optional<AppView> app(std::string_view name) override;
  void AskStatus(std::function<void(const Status&)> done) override;
  Result<std::vector<KeptVersion>> Versions(std::string_view app) override;
  const std::vector<ReleaseView>& releases() override { return history_; }
  const OperationView* operation(std::string_view id) override { return operations_.Find(id); }
  Result<DiffView> Diff() override;
  void Reload(const ReloadRequest& request, OutcomeCallback done) override;
  void Change(AppChange change, OutcomeCallback done) override;
  uint64_t TakeProfile(const ProfileRequest& request, ProfileCallback done) override;
  void CancelProfile(uint64_t token) override { profiles_.Cancel(token); }
  Crons& crons() override { return *options_.crons; }
  void AskStore(StoreService service, std::string message, StoreDone done) override {
    workers_.AskStore(service, std::move(message), std::move(done));
  }
  std::string upload_folder() override;
  Feed& events() override { return events_; }
  const AppMetrics& metrics() const override { return *options_.metrics; }
  uint64_t lost_log_lines() const override { return log_.sink().lost(); }
  Feed& log_lines() override { return lines_.feed(); }

 private:
  // What a rollout is for.
  struct Job {
    std::string trigger;
    std::string app;  // Of a change to one.
    bool is_new = false;
    OutcomeCallback done;
    uint64_t began_ns = 0;
    std::shared_ptr<const ServedFiles> files;  // That it is made of.
    std::optional<StoredState> state;          // To be kept with it; none: as it is.
    bool composed = false;                     // Of both, each app.
    std::set<std::string> dropped;             // Snapshots that may be nobody's when it is over.
    bool no_space = false;                     // For what is to be kept with it …
    bool handed_over = false;                  // … which a new server has begun to look after.
    Outcome outcome;
  };
  // A job that waits for its turn; who is told of its outcome is told whatever becomes of it.
  struct Task {
    std::function<void(OutcomeCallback)> run;
    OutcomeCallback done;  // Or null.
  };

  static constexpr const char* kStart = "start";  // A trigger.
  static constexpr const char* kTakingOver =
      "A new server is about to take over: ask again in a moment.";
  static constexpr uint64_t kLeavingMs = 1'000;  // A removed app answers 503 for at least so long.

  void Enqueue(std::function<void(OutcomeCallback)> run, OutcomeCallback done = nullptr);
  void RunNext();
  void EndTask();
  bool Refuses(const OutcomeCallback& done);
  void EnqueueReload(const ReloadRequest& request, std::string trigger, OutcomeCallback done);
  void OnFilesChanged();
  void Begin(std::string trigger, std::string app, OutcomeCallback done);
  // What `server` says that no reload applies, as a sentence; empty: nothing.
  std::string ForNextStart(const config::ServerSettings& server) const;
  void NoteForNextStart(const config::ServerSettings& server);
  void RunReload(const ReloadRequest& request, const std::string& trigger, OutcomeCallback done);
  std::set<std::string> AppsThatLeft() const;
  void DropLeft();
  void RunRemoval();
  void ComposeAndRoll(StoredState kept, SnapshotDescriptors opened);
  void Roll(std::vector<ServedApp> apps, SnapshotDescriptors snapshots,
            std::set<std::string> drained = {});
  void StartWatch(const std::vector<std::string>& files);

  // In deployer_changes.cc.
  void RunChange(AppChange& change, OutcomeCallback done);
  Result<SnapshotDescriptors> NoteFiles(const AppChange& change,
                                        const std::vector<KeptVersion>& kept, StoredApp& stored);
  static Result<bool> NoteConfig(const AppChange& change, const config::AppSettings& read,
                                 ServedFiles::App& app);
  Result<bool> NoteBuild(const AppChange& change, const std::vector<KeptVersion>& kept,
                         StoredApp& stored, ServedFiles::App& app, SnapshotDescriptors& opened);
  std::optional<FileApp> FilesOf(const std::string& app) const;
  Result<void> CheckConfig(const StoredApp& stored, const std::optional<FileApp>& files);
  static Result<StoredSnapshot> CheckUpload(const UploadedFile& file);
  Result<void> KeepSnapshots(const StoredApp& stored);
  AppVersion::Snapshot MappedSnapshotOf(const std::string& digest) const;

  // In deployer_outcomes.cc.
  const StoredState& state() const;
  Result<void> Persist(const std::set<std::string>& failed);
  void Fail(std::string step, const Error& error);
  void PutOff();
  void OnRolled();
  void Finish(Outcome outcome);
  void Report(const Outcome& outcome);
  void ReportChange(const AppDifference& difference, int64_t release);
  void Remember(const Outcome& outcome);
  void Publish(const char* name, const std::string& app, Json data);
  void PublishCircuit(const std::string& app, uint32_t version, const Circuit& circuit);

  // In deployer_views.cc.
  void ShowBroken(AppView& view, const ServedApp& app) const;
  void ShowCircuits(AppView& view) const;
  std::optional<Circuit> CircuitOf(uint32_t version) const;
  std::vector<HolderView> HoldersOf(const std::set<uint32_t>& versions, const Status& status) const;

  // In deployer_versions.cc.
  void NoteVersions(const Release* before, const Release& release);
  void OnCommitted(std::shared_ptr<const Release> release, const std::set<std::string>& failed);
  void TryThoseWithOtherTerms(const Release& before);
  void OnServing(const Release* before);
  void NoteServing(const AppVersion& version);
  void BeginDrains(const Release& before);
  void OnReleased();
  void OnWorkerCommitted(WorkerLink& worker, uint64_t number);
  static void OnWorkerAborted(WorkerLink& worker, uint64_t number);
  void OnLatePrepared(WorkerLink& worker, const Prepared& message);
  void OnLeftBehind(WorkerLink& worker);
  void OnBroken(const WorkerLink& worker, const BrokenVersion& message);
  void ForgetBroken(const WorkerLink& worker);
  void ForgetVersions();
  void RemoveUnusedSnapshots();
  void RemoveDropped(const std::set<std::string>& digests);
  static snapshot::Digest ProofOf(AppVersion version);
  std::string AppOf(uint32_t version) const;
  static bool Holds(const WorkerLink& worker, uint32_t version);
  bool HoldsStill(const WorkerLink& worker, uint32_t version) const;
  bool IsHeld(uint32_t version) const;
  bool IsAppHeld(const std::string& app) const;
  bool IsUnfinished(uint32_t version) const;
  void Settle();

  uv_loop_t* const loop_;
  Workers& workers_;
  AppFaults& faults_;
  Log& log_;
  VersionIds& ids_;
  const Options options_;
  const std::string salt_;  // Of etags.
  std::shared_ptr<const Release> current_;
  ReplacedSites replaced_;
  std::shared_ptr<const ServedFiles> files_;  // That it is made of …
  // … and as they were read last: they say more of apps whose deployment has failed.
  std::shared_ptr<const ServedFiles> read_;
  bool pure_ = true;  // The release is what the files and the state make, each app of it.
  uint64_t last_number_;
  std::deque<Task> tasks_;
  bool running_ = false;  // A task, until its rollout is over.
  std::string told_for_next_start_;
  bool stopping_ = false;
  net::Timer next_;  // Tasks begin from the loop.
  net::Timer left_;  // When apps that are leaving may be gone.
  std::unique_ptr<Job> job_;
  std::unique_ptr<Rollout> rollout_;
  std::unique_ptr<Watch> watch_;
  bool reload_queued_ = false;   // By the watch.
  bool removal_queued_ = false;  // By DropLeft.
  StatusQueries status_;
  Profiles profiles_;
  Stragglers stragglers_;
  CircuitWatch circuits_;
  Operations operations_;
  Feed events_;
  LogLines lines_;
  Overview overview_;
  StoredState viewed_;                // Beside which overview_ has its apps.
  std::vector<ReleaseView> history_;  // The newest first.
  VersionTimes times_;
  // When versions of an app were last begun to be served, by their digests: the latest ones.
  std::map<std::string, std::map<std::string, int64_t>> digest_times_;
  std::set<snapshot::Digest> proven_;  // What has been booted and served (ProofOf).
  // Digests by app: what files have replaced since the API last changed its version.
  std::map<std::string, std::string> previous_;
  // What is known of a version that workers may have.
  struct Known {
    std::string app;
    std::string digest;
    std::chrono::milliseconds cpu{0};  // The app's `limits.cpu`, as long as it was served.
  };
  std::map<uint32_t, Known> served_;  // Versions that workers may have …
  std::set<uint32_t> former_;  // … and those of them that the release may not have any more.
  std::map<std::string, uint64_t> leaving_since_ms_;  // By name, on the loop's clock.
  // Versions that do not boot: why, by the workers that have found it out.
  std::map<uint32_t, std::map<uint64_t, std::string>> broken_;
  std::set<size_t> to_try_;  // Slots of workers that had found such ones, and have ended.
};

}  // namespace nano::server

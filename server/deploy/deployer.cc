// From triggers to rollouts, one at a time. See deployer.h for ownership and threads.
#include "server/deploy/deployer.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <random>
#include <utility>

#include "base/named.h"
#include "runtime/identity.h"
#include "server/deploy/app_change.h"
#include "server/deploy/kept_versions.h"
#include "server/release/app_config.h"
#include "snapshot/dist.h"

namespace nano::server {
namespace {

constexpr size_t kWaiting = 1'000;  // Tasks.
constexpr size_t kEvents = 1'000, kEventBytes = 1 << 20;

// Numbers of news that no earlier life of the server had.
uint64_t FirstId() { return static_cast<uint64_t>(WallClockMs()) * 1'000; }

std::string Salt() {
  std::random_device random;
  return std::to_string(random()) + std::to_string(random());
}

}  // namespace

int64_t WallClockMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Deployer::Deployer(uv_loop_t* loop, Workers& workers, AppFaults& faults, Log& log, VersionIds& ids,
                   Options options, First first)
    : loop_(loop),
      workers_(workers),
      faults_(faults),
      log_(log),
      ids_(ids),
      options_(std::move(options)),
      salt_(Salt()),
      current_(std::move(first.release)),
      files_(std::move(first.files)),
      last_number_(current_->number()),
      next_(loop, [this] { RunNext(); }),
      left_(loop, [this] { DropLeft(); }),
      status_(loop, workers,
              [this](uint32_t version) {
                const auto known = served_.find(version);
                return known == served_.end() ? std::pair<std::string, std::string>()
                                              : known->second;
              }),
      events_(kEvents, kEventBytes, FirstId()),
      lines_(loop, log, FirstId()) {
  overview_.started = WallClockMs();
  overview_.dist = options_.dist;
  overview_.addresses = options_.addresses;
  NoteVersions(nullptr, *current_);
  OnServing(nullptr);
  history_.push_back({.number = current_->number(), .time = overview_.since, .trigger = kStart});
  if (options_.watch) {
    StartWatch(first.watched);
    // What changed after the files were read, and before they were watched.
    EnqueueReload({}, kStart, nullptr);
  }
}

Deployer::~Deployer() = default;

void Deployer::Enqueue(Task task) {
  tasks_.push_back(std::move(task));
  if (!running_) next_.Start(0);
}

void Deployer::RunNext() {
  if (running_ || tasks_.empty()) return;
  running_ = true;
  const Task task = std::move(tasks_.front());
  tasks_.pop_front();
  task();
}

bool Deployer::Refuses(const OutcomeCallback& done) {
  if (!stopping_ && tasks_.size() < kWaiting) return false;
  if (done) {
    done({.kind = stopping_ ? Outcome::Kind::kStopping : Outcome::Kind::kBusy,
          .release = current_->number()});
  }
  return true;
}

void Deployer::Reload(const ReloadRequest& request, OutcomeCallback done) {
  EnqueueReload(request, "api", std::move(done));
}

void Deployer::EnqueueReload(const ReloadRequest& request, std::string trigger,
                             OutcomeCallback done) {
  if (Refuses(done)) return;
  Enqueue([this, request, trigger = std::move(trigger), done = std::move(done)] {
    RunReload(request, trigger, done);
  });
}

void Deployer::Change(AppChange change, OutcomeCallback done) {
  if (Refuses(done)) return;
  // A change owns a file, and functions are copied.
  auto shared = std::make_shared<AppChange>(std::move(change));
  Enqueue([this, shared, done = std::move(done)] { RunChange(*shared, done); });
}

void Deployer::OnReloadSignal(std::function<void(bool failed)> over) {
  EnqueueReload({}, "signal", [over = std::move(over)](const Outcome& outcome) {
    over(outcome.kind == Outcome::Kind::kFailed);
  });
}

void Deployer::OnStopping(bool retires) {
  if (!std::exchange(stopping_, true)) {
    Publish("stopping", {},
            Json(Json::Object())
                .Set("message", retires ? "another process serves from now on"
                                        : "the server stops when its workers have finished"));
  }
  tasks_.clear();
  rollout_.reset();
  watch_.reset();
  left_.Stop();
}

void Deployer::StartWatch(const std::vector<std::string>& files) {
  std::vector<std::string> watched = files;
  watched.push_back(options_.dist + "/manifest.json");
  Result<void> started;
  if (watch_) {
    started = watch_->Replace(watched);
  } else {
    auto watch =
        Watch::Start(loop_, watched,
                     {.changed =
                          [this] {
                            if (std::exchange(reload_queued_, true)) return;
                            EnqueueReload({}, "files", nullptr);
                          },
                      .failed = [this](const Error& error) { log_.Warn(error.ToString()); }});
    if (watch.ok()) {
      watch_ = std::move(watch).value();
    } else {
      started = std::move(watch).error();
    }
  }
  if (!started.ok()) log_.Warn("changes of files may go unnoticed: " + started.error().ToString());
}

void Deployer::Begin(std::string trigger, std::string app, OutcomeCallback done) {
  job_ = std::make_unique<Job>();
  job_->trigger = std::move(trigger);
  job_->app = std::move(app);
  job_->done = std::move(done);
  job_->began_ns = uv_hrtime();
  job_->files = files_;
  if (job_->trigger == kStart) return;
  Publish("begin", job_->app, Json(Json::Object()).Set("trigger", job_->trigger));
}

void Deployer::RunReload(const ReloadRequest& request, const std::string& trigger,
                         OutcomeCallback done) {
  reload_queued_ = false;
  Begin(trigger, {}, std::move(done));
  std::vector<std::string> watched;
  Result<config::Config> config = options_.load_config(&watched);
  if (options_.watch) StartWatch(watched);
  if (!config.ok()) return Fail("read", config.error());
  NoteForNextStart(config->server);
  SnapshotDescriptors opened;
  auto files =
      ReadServedFiles(options_.dist, std::move(config).value(), BesideBase(current_.get(), opened));
  if (!files.ok()) return Fail("read", files.error());
  job_->files = std::make_shared<const ServedFiles>(std::move(files).value());
  const StoredState kept = request.drop_state ? StoredState() : state();
  ComposeAndRoll(kept, std::move(opened));
}

void Deployer::ComposeAndRoll(StoredState kept, SnapshotDescriptors opened) {
  const StoredState before = state();
  const ReleaseChanges changes{.state = std::move(kept),
                               .before = pure_ && job_->files == files_ ? &before : nullptr,
                               .snapshot_path = [this](const std::string& digest) {
                                 return SnapshotFileOf(digest, *job_->files, options_.store);
                               }};
  Result<LoadedRelease> loaded =
      ComposeRelease(*job_->files, changes, current_.get(), ids_, std::move(opened));
  if (!loaded.ok()) return Fail("read", loaded.error());
  if (job_->app.empty() && job_->trigger != kStart) {
    for (const std::string& warning : loaded->warnings) log_.Warn(warning);
    std::move(loaded->warnings.begin(), loaded->warnings.end(),
              std::back_inserter(job_->outcome.notes));
  }
  for (const auto& [app, respects] : loaded->overtaken) {
    std::string text;
    for (const std::string& respect : respects) text += (text.empty() ? "" : ", ") + respect;
    log_.Write(LogLevel::kInfo, app,
               "the files say something else now than what was changed: " + text);
  }
  if (!(loaded->state == before)) job_->state = std::move(loaded->state);
  job_->composed = true;
  Roll(std::move(loaded->apps), std::move(loaded->snapshots));
}

void Deployer::Roll(std::vector<ServedApp> apps, SnapshotDescriptors snapshots,
                    std::set<std::string> drained) {
  rollout_ = std::make_unique<Rollout>(
      loop_, workers_,
      Rollout::Plan{
          .base = current_,
          .apps = std::move(apps),
          .snapshots = std::move(snapshots),
          .drained = std::move(drained),
          .is_proven =
              [this](const AppVersion& version) { return proven_.contains(ProofOf(version)); }},
      Rollout::Callbacks{
          .next_number = [this] { return ++last_number_; },
          .trying = [this](const Release& release) { NoteVersions(current_.get(), release); },
          .persist = [this](const std::set<std::string>& failed) { return Persist(failed); },
          .committed =
              [this](std::shared_ptr<const Release> release, const std::set<std::string>& failed) {
                OnCommitted(std::move(release), failed);
              },
          .done = [this] { OnRolled(); }});
}

void Deployer::RunChange(AppChange& change, OutcomeCallback done) {
  Begin("api", change.app, std::move(done));
  const ServedApp* served = current_->Find(change.app);
  const bool there = served != nullptr && !served->leaving;
  job_->is_new = !there;
  std::optional<AppView> view;
  const StoredState::Entry stored = state().Find(change.app);
  if (there) view = ViewOf(*served, stored.get(), times_, salt_);
  if (!change.precondition.Holds(view ? &*view : nullptr)) {
    return Finish({.kind = there || change.precondition.kind == Precondition::Kind::kAbsent
                               ? Outcome::Kind::kConflict
                               : Outcome::Kind::kNotFound,
                   .app = change.app,
                   .message = there ? "the app has changed meanwhile"
                                    : "there is no app '" + change.app + "'"});
  }
  if (options_.store == nullptr) {
    return Fail("persist", {"this server has no folder to keep changes in", options_.dist,
                            "Set server.state to one that it may write to."});
  }
  std::optional<StoredSnapshot> uploaded;
  if (auto* put = std::get_if<PutApp>(&change.action); put != nullptr && put->snapshot) {
    Result<StoredSnapshot> taken = TakeUpload(*put->snapshot);
    if (!taken.ok()) return Fail("check", taken.error());
    uploaded = std::move(taken).value();
    job_->dropped.insert(uploaded->digest);
  }
  // Reads the manifests of all kept builds: only for who names a version.
  const bool names_version = !std::holds_alternative<PutApp>(change.action) &&
                             !std::holds_alternative<PatchApp>(change.action) &&
                             !std::holds_alternative<RemoveApp>(change.action);
  Result<std::vector<KeptVersion>> kept =
      names_version ? Versions(change.app) : std::vector<KeptVersion>();
  if (!kept.ok()) return Fail("read", kept.error());
  StoredApp noted = stored ? *stored : StoredApp{.name = change.app};
  Result<SnapshotDescriptors> opened =
      names_version ? NoteBuild(change, *kept, noted) : SnapshotDescriptors();
  if (!opened.ok()) return Fail("read", opened.error());
  const std::optional<FileApp> files = FilesOf(change.app);
  auto changed = ApplyChange(change, {.release = *current_,
                                      .stored = &noted,
                                      .files = files ? &*files : nullptr,
                                      .kept = *kept,
                                      .uploaded = uploaded});
  if (auto* outcome = std::get_if<Outcome>(&changed)) return Finish(std::move(*outcome));
  StoredApp& after = std::get<StoredApp>(changed);
  // What a configuration cannot be is the sender's mistake, not the server's.
  if (Result<void> checked = CheckConfig(after, files); !checked.ok()) {
    Outcome outcome{.kind = Outcome::Kind::kInvalid,
                    .step = "read",
                    .app = change.app,
                    .message = checked.error().message};
    outcome.errors.push_back(checked.error());
    return Finish(std::move(outcome));
  }
  const auto drop = [this](const StoredSnapshot& old) { job_->dropped.insert(old.digest); };
  if (stored) stored->EachSnapshot(drop);
  after.EachSnapshot(drop);
  if (Result<void> added = KeepSnapshots(after); !added.ok()) return Fail("persist", added.error());
  if (std::holds_alternative<RollBack>(change.action)) {
    job_->outcome.notes.push_back(
        "Only the code was rolled back: variables, secrets, hosts and limits are as they were "
        "before, and so is what the app has stored elsewhere.");
  }
  StoredState next = state();
  next.Put(std::move(after));
  ComposeAndRoll(std::move(next), std::move(opened).value());
}

// A change that chooses between what is served and a build that lies in the dist and was not loaded
// decides about that build: it is taken note of, so that no reload and no restart undoes the
// choice.
Result<SnapshotDescriptors> Deployer::NoteBuild(const AppChange& change,
                                                const std::vector<KeptVersion>& kept,
                                                StoredApp& stored) {
  SnapshotDescriptors opened;
  const std::optional<snapshot::Manifest> manifest = TRY(snapshot::ReadManifest(options_.dist));
  const snapshot::ManifestApp* built = manifest ? FindNamed(manifest->apps, change.app) : nullptr;
  const auto is_it = [&](const ServedFiles::App& app) { return app.entry.name == change.app; };
  const std::vector<ServedFiles::App>& apps = job_->files->apps;
  const auto loaded = std::find_if(apps.begin(), apps.end(), is_it);
  if (built == nullptr || loaded == apps.end() || loaded->entry.digest == built->digest ||
      !Decides(change, {.release = *current_, .stored = &stored, .kept = kept}, built->digest)) {
    return opened;
  }
  ServedFiles files = *job_->files;
  const auto known = std::find_if(files.apps.begin(), files.apps.end(), is_it);
  known->entry.digest = built->digest;
  known->entry.bytes = built->bytes;
  known->snapshot = snapshot::LoadSnapshot(SnapshotFileOf(built->digest, files, nullptr),
                                           built->digest, built->bytes, runtime::CurrentIdentity(),
                                           BesideBase(current_.get(), opened));
  job_->files = std::make_shared<const ServedFiles>(std::move(files));
  StayWith(stored, *current_->Find(change.app), built->digest);
  return opened;
}

// Apps that were removed a while ago, and that no worker has anything of, leave the release.
void Deployer::DropLeft() {
  const uint64_t now = uv_now(loop_);
  std::set<std::string> left;
  uint64_t next = UINT64_MAX;
  for (const auto& [name, since] : leaving_since_ms_) {
    const ServedApp* app = current_->Find(name);
    if (now < since + kLeavingMs) {
      next = std::min(next, since + kLeavingMs - now);
    } else if (app != nullptr && app->leaving && !IsAppHeld(name)) {
      left.insert(name);
    }
  }
  if (next != UINT64_MAX) left_.Start(next);
  if (left.empty() || stopping_) return;
  Enqueue([this, left] {
    Begin("removal", {}, nullptr);
    std::vector<ServedApp> apps;
    for (const ServedApp& app : current_->apps()) {
      if (!app.leaving) apps.push_back(app);
    }
    Roll(std::move(apps), {}, left);
  });
}

// A server that was killed may have left what it had kept for a change that it had not saved.
void Deployer::OnInCharge() { RemoveUnusedSnapshots(); }

void Deployer::OnStarted(WorkerLink& worker) {
  if (rollout_) rollout_->OnStarted(worker);
}

void Deployer::OnMessage(WorkerLink& worker, MessageKind kind, const std::string& body) {
  if (kind == MessageKind::kCommitted) {
    const Result<ReleaseNumber> message = Decode<ReleaseNumber>(body);
    if (message.ok() && message->number == current_->number()) {
      worker.release = current_;
    } else if (!worker.is_probe) {
      workers_.Replace(worker, "it serves another release than it was told");
    }
  } else if (kind == MessageKind::kDraining) {
    Result<DrainingVersions> message = Decode<DrainingVersions>(body);
    if (message.ok()) worker.draining = std::move(message->versions);
  } else if (kind == MessageKind::kStatus) {
    const Result<WorkerStatus> message = Decode<WorkerStatus>(body);
    if (message.ok()) status_.OnAnswer(worker, *message);
  }
  if (rollout_) rollout_->OnMessage(worker, kind, body);
  if (kind == MessageKind::kDraining || kind == MessageKind::kCommitted) OnReleased();
}

void Deployer::OnEnded(WorkerLink& worker, const WorkerDeath& death) {
  if (!worker.is_probe) {
    status_.OnEnded(worker);
    Publish("worker-ended", death.version ? served_[*death.version].first : std::string(),
            Json(Json::Object()).Set("worker", worker.number()).Set("how", death.text));
  }
  if (rollout_) rollout_->OnEnded(worker, death);
  OnReleased();
}

}  // namespace nano::server

// From triggers to rollouts, one at a time. See deployer.h for ownership and threads.
#include "server/deploy/deployer.h"

#include <algorithm>
#include <iterator>
#include <random>
#include <utility>

#include "base/timestamp.h"
#include "server/deploy/kept_versions.h"

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
      replaced_(loop),
      files_(std::move(first.files)),
      read_(files_),
      last_number_(current_->number()),
      next_(loop, [this] { RunNext(); }),
      left_(loop, [this] { DropLeft(); }),
      status_(loop, workers,
              [this](uint32_t version) {
                const auto known = served_.find(version);
                if (known == served_.end()) return std::pair<std::string, std::string>();
                return std::pair(known->second.app, known->second.digest);
              }),
      profiles_(loop, workers, status_),
      stragglers_(loop, workers, log, options_.drain_timeout,
                  [this](uint32_t version) { return AppOf(version); }),
      circuits_(
          loop,
          [this](uint32_t version) {
            return current_->FindVersion(version) ? CircuitOf(version) : std::nullopt;
          },
          [this](const std::string& app, uint32_t version, const Circuit& circuit) {
            PublishCircuit(app, version, circuit);
          }),
      events_(kEvents, kEventBytes, FirstId()),
      lines_(loop, log, FirstId()) {
  overview_.started = WallClockMs();
  overview_.dist = options_.dist;
  overview_.addresses = options_.addresses;
  overview_.worker_memory = options_.worker_memory;
  for (ReplacedSite& site : first.replaced) replaced_.Keep(std::move(site));
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

void Deployer::Enqueue(std::function<void(OutcomeCallback)> run, OutcomeCallback done) {
  tasks_.push_back({std::move(run), std::move(done)});
  if (!running_) next_.Start(0);
}

void Deployer::RunNext() {
  if (running_ || tasks_.empty()) return;
  running_ = true;
  Task task = std::move(tasks_.front());
  tasks_.pop_front();
  task.run(std::move(task.done));
}

void Deployer::EndTask() {
  running_ = false;
  if (!tasks_.empty()) next_.Start(0);
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
  Enqueue([this, request, trigger = std::move(trigger)](
              OutcomeCallback told) { RunReload(request, trigger, std::move(told)); },
          std::move(done));
}

// One such reload at most waits, and it has its place however many changes do: nobody would ask for
// it again.
void Deployer::OnFilesChanged() {
  if (stopping_ || std::exchange(reload_queued_, true)) return;
  Enqueue([this](const OutcomeCallback&) { RunReload({}, "files", nullptr); });
}

void Deployer::Change(AppChange change, OutcomeCallback done) {
  if (Refuses(done)) return;
  // A change owns a file, and functions are copied.
  auto shared = std::make_shared<AppChange>(std::move(change));
  Enqueue([this, shared](OutcomeCallback told) { RunChange(*shared, std::move(told)); },
          std::move(done));
}

void Deployer::OnReloadSignal(std::function<void(bool failed)> over) {
  EnqueueReload({}, "signal", [over = std::move(over)](const Outcome& outcome) {
    using Kind = Outcome::Kind;
    const bool is_as_files_say = outcome.kind == Kind::kUnchanged || outcome.kind == Kind::kDone ||
                                 outcome.kind == Kind::kDraining;
    over(!is_as_files_say);
  });
}

// Whoever waits is told. What workers are committing to is done.
void Deployer::OnStopping(bool retires) {
  if (!std::exchange(stopping_, true)) {
    Publish("stopping", {},
            Json(Json::Object())
                .Set("message", retires ? "another process serves from now on"
                                        : "the server stops when its workers have finished"));
  }
  profiles_.OnStopping();
  watch_.reset();
  left_.Stop();
  const std::deque<Task> waiting = std::exchange(tasks_, {});
  if (rollout_ && rollout_->committed()) {
    OnRolled();
  } else if (job_) {
    Finish({.kind = Outcome::Kind::kStopping, .app = job_->app});
  }
  for (const Task& task : waiting) {
    if (!task.done) continue;
    task.done({.kind = Outcome::Kind::kStopping, .release = current_->number()});
  }
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
                     {.changed = [this] { OnFilesChanged(); },
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
  job_->files = read_ = std::make_shared<const ServedFiles>(std::move(files).value());
  if (!state().apps().empty()) {
    const Result<void> kept = options_.store->Follow();
    if (!kept.ok()) return Fail("persist", kept.error());
  }
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
  const auto tell = [this](std::vector<std::string>& warnings) {
    for (const std::string& warning : warnings) log_.Warn(warning);
    std::move(warnings.begin(), warnings.end(), std::back_inserter(job_->outcome.notes));
  };
  if (job_->trigger != kStart) {
    if (job_->app.empty()) tell(loaded->warnings);
    tell(loaded->fresh);
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
      Rollout::Plan{.base = current_,
                    .apps = std::move(apps),
                    .snapshots = std::move(snapshots),
                    .drained = std::move(drained),
                    .is_proven =
                        [this](const AppVersion& version) {
                          // Of files alone there is nothing to boot.
                          const bool is_idle =
                              version.files_alone() && version.deployment.health.empty();
                          return is_idle || proven_.contains(ProofOf(version));
                        }},
      Rollout::Callbacks{
          .next_number = [this] { return ++last_number_; },
          .trying = [this](const Release& release) { NoteVersions(current_.get(), release); },
          .persist = [this](const std::set<std::string>& failed) { return Persist(failed); },
          .committed =
              [this](std::shared_ptr<const Release> release, const std::set<std::string>& failed) {
                OnCommitted(std::move(release), failed);
              },
          .left_behind = [this](WorkerLink& worker) { OnLeftBehind(worker); },
          .done = [this] { OnRolled(); }});
}

// Of the apps that are leaving, those that were removed a while ago, and that no worker has
// anything of.
std::set<std::string> Deployer::AppsThatLeft() const {
  std::set<std::string> left;
  for (const auto& [name, since] : leaving_since_ms_) {
    const ServedApp* app = current_->Find(name);
    const bool is_over = uv_now(loop_) >= since + kLeavingMs;
    if (is_over && app != nullptr && app->leaving && !IsAppHeld(name)) left.insert(name);
  }
  return left;
}

// They leave the release, in a turn of their own.
void Deployer::DropLeft() {
  const uint64_t now = uv_now(loop_);
  uint64_t next = UINT64_MAX;
  for (const auto& [name, since] : leaving_since_ms_) {
    if (now < since + kLeavingMs) next = std::min(next, since + kLeavingMs - now);
  }
  if (next != UINT64_MAX) left_.Start(next);
  if (stopping_ || removal_queued_ || AppsThatLeft().empty()) return;
  removal_queued_ = true;
  Enqueue([this](const OutcomeCallback&) { RunRemoval(); });
}

void Deployer::RunRemoval() {
  removal_queued_ = false;
  std::set<std::string> left = AppsThatLeft();  // One may have come back meanwhile.
  if (left.empty()) return EndTask();
  Begin("removal", {}, nullptr);
  std::vector<ServedApp> apps;
  for (const ServedApp& app : current_->apps()) {
    if (!app.leaving) apps.push_back(app);
  }
  Roll(std::move(apps), {}, std::move(left));
}

// A server that was killed may have left what it had kept for a change that it had not saved.
void Deployer::OnInCharge() { RemoveUnusedSnapshots(); }

void Deployer::OnStarted(WorkerLink& worker) {
  to_try_.erase(worker.slot);  // It does.
  if (rollout_) rollout_->OnStarted(worker);
}

void Deployer::OnMessage(WorkerLink& worker, MessageKind kind, const std::string& body) {
  if (kind == MessageKind::kCommitted) {
    const Result<ReleaseNumber> message = Decode<ReleaseNumber>(body);
    if (!worker.is_probe) OnWorkerCommitted(worker, message.ok() ? message->number : 0);
  } else if (kind == MessageKind::kAborted) {
    const Result<ReleaseNumber> message = Decode<ReleaseNumber>(body);
    if (message.ok()) OnWorkerAborted(worker, message->number);
  } else if (kind == MessageKind::kPrepared) {
    const Result<Prepared> message = Decode<Prepared>(body);
    if (message.ok()) OnLatePrepared(worker, *message);
  } else if (kind == MessageKind::kDraining) {
    Result<DrainingVersions> message = Decode<DrainingVersions>(body);
    if (message.ok()) {
      worker.draining = std::move(message->versions);
      std::sort(worker.draining.begin(), worker.draining.end());
      worker.draining_cpu.clear();
      for (const uint32_t version : worker.draining) {
        const auto known = served_.find(version);
        if (known != served_.end()) worker.draining_cpu[version] = known->second.cpu;
      }
    }
  } else if (kind == MessageKind::kStatus) {
    const Result<WorkerStatus> message = Decode<WorkerStatus>(body);
    if (message.ok()) status_.OnAnswer(worker, *message);
  } else if (kind == MessageKind::kBroken) {
    const Result<BrokenVersion> message = Decode<BrokenVersion>(body);
    if (message.ok()) OnBroken(worker, *message);
  } else if (kind == MessageKind::kProfiled) {
    const Result<ProfileEnd> message = Decode<ProfileEnd>(body);
    if (message.ok()) profiles_.OnProfiled(worker, *message);
  }
  if (rollout_) rollout_->OnMessage(worker, kind, body);
  if (kind == MessageKind::kDraining || kind == MessageKind::kCommitted ||
      kind == MessageKind::kAborted) {
    OnReleased();
  }
}

void Deployer::OnEnded(WorkerLink& worker, const WorkerDeath& death) {
  if (!worker.is_probe) {
    status_.OnEnded(worker);
    profiles_.OnEnded(worker);
    stragglers_.OnEnded(worker);
    ForgetBroken(worker);
    Publish("worker-ended", death.version ? AppOf(*death.version) : std::string(),
            Json(Json::Object()).Set("worker", worker.number()).Set("how", death.text));
  }
  if (rollout_) rollout_->OnEnded(worker, death);
  OnReleased();
}

}  // namespace nano::server

// From triggers to swaps, one at a time. See deployer.h for ownership and threads.
#include "server/deploy/deployer.h"

#include <algorithm>
#include <set>
#include <utility>

#include "server/deploy/release_diff.h"

namespace nano::server {
namespace {

// A removed app answers 503 for at least so long: clients and balancers see that it goes.
constexpr uint64_t kLeavingMs = 1'000;

uint64_t Milliseconds(uint64_t nanoseconds) { return nanoseconds / 1'000'000; }

const ServedApp* FindApp(const std::vector<ServedApp>& apps, std::string_view name) {
  const auto found = std::find_if(apps.begin(), apps.end(),
                                  [name](const ServedApp& app) { return app.name() == name; });
  return found == apps.end() ? nullptr : &*found;
}

bool SameApps(const Release& release, const std::vector<ServedApp>& apps) {
  if (release.apps().size() != apps.size()) return false;
  return std::all_of(apps.begin(), apps.end(), [&release](const ServedApp& app) {
    const ServedApp* served = release.Find(app.name());
    return served != nullptr && *served == app;
  });
}

}  // namespace

Deployer::Deployer(uv_loop_t* loop, Workers& workers, AppFaults& faults, Log& log,
                   std::shared_ptr<const Release> first, Load load)
    : loop_(loop),
      workers_(workers),
      faults_(faults),
      log_(log),
      load_(std::move(load)),
      current_(std::move(first)),
      last_number_(current_->number()),
      next_(loop, [this] { RunNext(); }),
      left_(loop, [this] { DropLeft(); }) {
  for (const ServedApp& app : current_->apps()) {
    faults_.Admit(app.version->id, app.name());
    served_.emplace_back(app.version->id, app.name());
  }
}

void Deployer::Reload(std::string trigger, OutcomeCallback done) {
  Enqueue([this, trigger = std::move(trigger), done = std::move(done)]() mutable {
    RunReload(trigger, std::move(done));
  });
}

void Deployer::OnReloadSignal(std::function<void(bool failed)> over) {
  Reload("signal", [over = std::move(over)](const Outcome& outcome) {
    over(outcome.kind == Outcome::Kind::kFailed);
  });
}

void Deployer::OnStopping() {
  stopping_ = true;
  tasks_.clear();
  swap_.reset();
  left_.Stop();
}

void Deployer::Enqueue(Task task) {
  if (stopping_) return;
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

void Deployer::RunReload(const std::string& trigger, OutcomeCallback done) {
  began_ns_ = uv_hrtime();
  candidate_ = std::make_unique<Candidate>();
  candidate_->trigger = trigger;
  candidate_->done = std::move(done);
  Result<LoadedRelease> loaded = load_(*current_);
  if (!loaded.ok()) {
    return Finish(
        {.kind = Outcome::Kind::kFailed, .step = "read", .message = loaded.error().ToString()});
  }
  for (const std::string& warning : loaded->warnings) log_.Warn(warning);
  candidate_->apps = std::move(loaded->apps);
  candidate_->snapshots = std::move(loaded->snapshots);
  for (AppDifference& difference : CompareReleases(current_.get(), candidate_->apps)) {
    if (difference.kind == AppDifference::Kind::kUnchanged) {
      ++candidate_->unchanged;
    } else {
      candidate_->changes.push_back(std::move(difference));
    }
  }
  RefuseUnchecked();
  KeepLeaving();
  Try();
}

// A snapshot that is not to be trusted takes nobody's place.
void Deployer::RefuseUnchecked() {
  std::vector<SwapFailure> refused;
  for (const ServedApp& app : candidate_->apps) {
    if (app.version->refusal.empty()) continue;
    const ServedApp* served = current_->Find(app.name());
    if (served != nullptr && served->version == app.version) continue;
    refused.push_back(
        {.version = app.version->id, .step = "check", .message = app.version->refusal});
  }
  for (SwapFailure& failure : refused) KeepOld(std::move(failure));
}

// What is served and not to be any more.
void Deployer::KeepLeaving() {
  std::set<std::string> hosts;
  bool has_default = false;
  for (const ServedApp& app : candidate_->apps) {
    hosts.insert(app.hosts.begin(), app.hosts.end());
    has_default = has_default || app.is_default;
  }
  for (const ServedApp& app : current_->apps()) {
    if (FindApp(candidate_->apps, app.name()) != nullptr) continue;
    ServedApp leaving = app;
    leaving.leaving = true;
    // A host that another app has got is its own.
    std::erase_if(leaving.hosts,
                  [&hosts](const std::string& host) { return hosts.contains(host); });
    leaving.is_default = leaving.is_default && !has_default;
    candidate_->apps.push_back(std::move(leaving));
  }
  std::sort(candidate_->apps.begin(), candidate_->apps.end(),
            [](const ServedApp& a, const ServedApp& b) { return a.name() < b.name(); });
}

// The app stays what it is, or away.
void Deployer::KeepOld(SwapFailure failure) {
  std::vector<ServedApp>& apps = candidate_->apps;
  const auto failed = std::find_if(apps.begin(), apps.end(), [&failure](const ServedApp& app) {
    return app.version->id == failure.version;
  });
  if (failed != apps.end()) {
    const std::string name = failed->name();
    const ServedApp* served = current_->Find(name);
    if (served != nullptr) {
      *failed = *served;
    } else {
      apps.erase(failed);
    }
    std::erase_if(candidate_->changes,
                  [&name](const AppDifference& difference) { return difference.app == name; });
  }
  candidate_->failures.push_back(std::move(failure));
}

void Deployer::Try() {
  if (SameApps(*current_, candidate_->apps)) {
    return Finish({.kind = Outcome::Kind::kUnchanged});
  }
  Result<std::shared_ptr<const Release>> next = Release::Make(last_number_ + 1, candidate_->apps);
  if (!next.ok()) {
    return Finish(
        {.kind = Outcome::Kind::kFailed, .step = "compare", .message = next.error().ToString()});
  }
  candidate_release_ = std::move(next).value();
  ++last_number_;
  for (const ServedApp& app : candidate_release_->apps()) {
    const auto known = std::pair(app.version->id, app.name());
    if (std::find(served_.begin(), served_.end(), known) != served_.end()) continue;
    faults_.Admit(app.version->id, app.name());
    served_.push_back(known);
  }
  swap_ = std::make_unique<Swap>(
      loop_, workers_,
      Swap::Plan{.base = current_,
                 .next = candidate_release_,
                 .snapshots = std::move(candidate_->snapshots)},
      Swap::Callbacks{
          .persist = [] { return Result<void>(); },
          .committed = [this] { OnCommitted(); },
          .done = [this](std::vector<SwapFailure> failures) { OnSwapDone(std::move(failures)); }});
}

void Deployer::OnCommitted() {
  current_ = candidate_release_;
  const uint64_t now = uv_now(loop_);
  std::erase_if(leaving_since_ms_, [this](const auto& entry) {
    const ServedApp* app = current_->Find(entry.first);
    return app == nullptr || !app->leaving;
  });
  for (const ServedApp& app : current_->apps()) {
    if (app.leaving) leaving_since_ms_.try_emplace(app.name(), now);
  }
  if (!leaving_since_ms_.empty()) left_.Start(kLeavingMs);
}

void Deployer::OnSwapDone(std::vector<SwapFailure> failures) {
  candidate_->snapshots = swap_->TakeSnapshots();
  swap_.reset();
  if (failures.empty()) return Finish({.kind = Outcome::Kind::kDone});
  const bool whole = std::any_of(failures.begin(), failures.end(),
                                 [](const SwapFailure& failure) { return failure.version == 0; });
  for (SwapFailure& failure : failures) KeepOld(std::move(failure));
  if (whole) return Finish({.kind = Outcome::Kind::kFailed});
  Try();  // Without those.
}

void Deployer::Finish(Outcome outcome) {
  const std::unique_ptr<Candidate> candidate = std::move(candidate_);
  candidate_release_.reset();
  running_ = false;
  if (!candidate->failures.empty()) {
    const SwapFailure& first = candidate->failures.front();
    outcome.kind = Outcome::Kind::kFailed;
    outcome.step = first.step;
    outcome.app = first.version == 0 ? "" : faults_.name(first.version);
    outcome.message = first.message;
    outcome.log = first.log;
  }
  outcome.release = current_->number();
  outcome.apps = candidate->changes;
  Report(*candidate, outcome);
  ForgetVersions();
  if (!tasks_.empty()) next_.Start(0);
  if (candidate->done) candidate->done(outcome);
}

void Deployer::Report(const Candidate& candidate, const Outcome& outcome) {
  const auto ms = static_cast<int64_t>(Milliseconds(uv_hrtime() - began_ns_));
  const auto release = static_cast<int64_t>(outcome.release);
  for (const SwapFailure& failure : candidate.failures) {
    std::string text = "is not deployed: it failed at " + failure.step + ": " + failure.message;
    for (const std::string& line : failure.log) text += "\n  " + line;
    log_.Write(LogLevel::kError, failure.version == 0 ? "" : faults_.name(failure.version), text);
  }
  const bool failed = outcome.kind == Outcome::Kind::kFailed;
  if (failed && (candidate.failures.empty() || candidate.changes.empty())) {
    log_.Write(
        LogLevel::kError, {},
        "the release that is served stays" +
            (candidate.failures.empty() ? ": it failed at " + outcome.step + ": " + outcome.message
                                        : std::string()),
        {{"release", release}, {"trigger", candidate.trigger}, {"ms", ms}});
    return;
  }
  if (outcome.kind == Outcome::Kind::kUnchanged) {
    return log_.Info("nothing has changed",
                     {{"release", release}, {"trigger", candidate.trigger}, {"ms", ms}});
  }
  for (const AppDifference& difference : candidate.changes) {
    log_.Write(LogLevel::kInfo, difference.app, Describe(difference), {{"release", release}});
  }
  log_.Info("serving a new release", {{"release", release},
                                      {"trigger", candidate.trigger},
                                      {"changed", static_cast<int64_t>(candidate.changes.size())},
                                      {"unchanged", static_cast<int64_t>(candidate.unchanged)},
                                      {"ms", ms}});
}

void Deployer::OnStarted(WorkerLink& worker) {
  if (swap_) swap_->OnStarted(worker);
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
  }
  if (swap_) swap_->OnMessage(worker, kind, body);
  if (kind == MessageKind::kDraining) OnReleased();
}

void Deployer::OnEnded(WorkerLink& worker, const WorkerDeath& death) {
  if (swap_) swap_->OnEnded(worker, death);
  OnReleased();
}

// Workers may have let go of versions.
void Deployer::OnReleased() {
  ForgetVersions();
  if (!leaving_since_ms_.empty() && !left_.active()) DropLeft();
}

void Deployer::ForgetVersions() {
  std::erase_if(served_, [this](const auto& entry) {
    const uint32_t id = entry.first;
    if (candidate_release_ && Serves(*candidate_release_, id)) return false;
    if (Serves(*current_, id) || IsHeld(id)) return false;
    faults_.Forget(id);
    return true;
  });
}

bool Deployer::Serves(const Release& release, uint32_t version) {
  return std::any_of(release.apps().begin(), release.apps().end(), [version](const ServedApp& app) {
    return app.version->id == version && !app.leaving;
  });
}

bool Deployer::IsHeld(uint32_t version) const {
  for (const WorkerLink* worker : workers_.live()) {
    const std::vector<uint32_t>& draining = worker->draining;
    if (std::find(draining.begin(), draining.end(), version) != draining.end()) return true;
    if (Serves(*worker->release, version)) return true;
  }
  return false;
}

// Apps that were removed a while ago, and that no worker has anything of, leave the release.
void Deployer::DropLeft() {
  const uint64_t now = uv_now(loop_);
  std::vector<std::string> left;
  uint64_t next = UINT64_MAX;
  for (const auto& [name, since] : leaving_since_ms_) {
    const ServedApp* app = current_->Find(name);
    if (now < since + kLeavingMs) {
      next = std::min(next, since + kLeavingMs - now);
    } else if (app != nullptr && !IsHeld(app->version->id)) {
      left.push_back(name);
    }
  }
  if (next != UINT64_MAX) left_.Start(next);
  if (left.empty()) return;
  Enqueue([this, left] { RunDrop(left); });
}

void Deployer::RunDrop(const std::vector<std::string>& names) {
  began_ns_ = uv_hrtime();
  candidate_ = std::make_unique<Candidate>();
  candidate_->trigger = "drained";
  for (const ServedApp& app : current_->apps()) {
    const bool is_left =
        app.leaving && std::find(names.begin(), names.end(), app.name()) != names.end();
    if (!is_left) candidate_->apps.push_back(app);
  }
  Try();
}

}  // namespace nano::server

// Which versions a deployer's workers have, and what it knows of each until the last of them has
// let go of it. See deployer.h for ownership and threads.
#include <algorithm>
#include <utility>

#include "base/timestamp.h"
#include "server/deploy/deployer.h"
#include "server/release/groups.h"

namespace nano::server {
namespace {

constexpr size_t kProven = 100'000;  // That are remembered.
constexpr size_t kDigestTimes = 64;  // Of an app.

// Calls with each version that requests go to now, and did not before.
template <typename Visit>
void ForEachNewVersion(const Release* before, const Release& release, Visit visit) {
  ForEachChange(before, release, [&](const ServedApp*, const ServedApp* app) {
    if (app == nullptr) return;
    app->EachVersion([&](const std::shared_ptr<const AppVersion>& version) {
      if (before == nullptr || !before->FindVersion(version->id)) visit(version);
    });
  });
}

// Whether a worker has to do with a version that is in its release: those of a group have their own
// apps alone.
bool MayRun(const WorkerLink& worker, const std::shared_ptr<const AppVersion>& version) {
  if (version == nullptr) return false;
  const ServedApp* app = worker.release->Find(version->name);
  return app != nullptr && Membership::Of(worker.group).Has(*app);
}

}  // namespace

void Deployer::NoteVersions(const Release* before, const Release& release) {
  ForEachNewVersion(before, release, [this](const std::shared_ptr<const AppVersion>& version) {
    faults_.Admit(version->id, version->name);
    served_.try_emplace(version->id, Known{.app = version->name, .digest = version->digest});
    former_.insert(version->id);  // Until it is served, nobody has it for long.
  });
}

void Deployer::OnCommitted(std::shared_ptr<const Release> release,
                           const std::set<std::string>& failed) {
  const std::shared_ptr<const Release> before = std::exchange(current_, std::move(release));
  // What the files say of apps that have failed is tried again when the files are read again, and
  // by no change to another app.
  files_ = failed.empty() ? job_->files : WithOldApps(*job_->files, *files_, failed);
  BeginDrains(*before);
  ForEachNewVersion(before.get(), *current_,
                    [this](const std::shared_ptr<const AppVersion>& version) {
                      if (proven_.size() >= kProven) proven_.clear();
                      proven_.insert(ProofOf(*version));
                    });
  ForEachChange(before.get(), *current_, [this](const ServedApp* old, const ServedApp* app) {
    if (app == nullptr) previous_.erase(old->name());
    if (old == nullptr || app == nullptr || old->version->digest == app->version->digest) return;
    if (job_->app == app->name()) {
      previous_.erase(app->name());  // The state has what it was.
    } else {
      previous_[app->name()] = old->version->digest;
    }
  });
  TryThoseWithOtherTerms(*before);
  OnServing(before.get());
}

// Whoever has changed an app's limits wants to see whether they are the cure.
void Deployer::TryThoseWithOtherTerms(const Release& before) {
  ForEachChange(&before, *current_, [this](const ServedApp* old, const ServedApp* app) {
    if (old == nullptr || app == nullptr || old->terms == app->terms) return;
    app->EachVersion([this](const std::shared_ptr<const AppVersion>& version) {
      if (!faults_.TryAgain(version->id, uv_now(loop_))) return;
      log_.Write(LogLevel::kInfo, version->name,
                 "its limits or times were changed: it gets requests again, though it kept ending "
                 "workers");
    });
  });
}

// A new release is served instead of `before`, or the first.
void Deployer::OnServing(const Release* before) {
  overview_.since = WallClockMs();
  ForEachNewVersion(before, *current_, [this](const std::shared_ptr<const AppVersion>& version) {
    if (times_.try_emplace(version->id, overview_.since).second) NoteServing(*version);
    former_.erase(version->id);
  });
  uv_update_time(loop_);  // The second of those that leave is a whole one.
  ForEachChange(before, *current_, [this](const ServedApp* old, const ServedApp* app) {
    const std::string& name = app == nullptr ? old->name() : app->name();
    if (app != nullptr) {
      app->EachVersion([&](const std::shared_ptr<const AppVersion>& version) {
        const auto known = served_.find(version->id);
        if (known != served_.end()) known->second.cpu = app->terms.limits.cpu;
      });
    }
    if (app == nullptr) digest_times_.erase(name);
    if (app == nullptr || !app->leaving) {
      leaving_since_ms_.erase(name);
    } else {
      leaving_since_ms_.try_emplace(name, uv_now(loop_));
    }
  });
  if (!leaving_since_ms_.empty()) left_.Start(kLeavingMs);
  circuits_.Check();  // Other limits have one tried, another version has none.
}

void Deployer::NoteServing(const AppVersion& version) {
  std::map<std::string, int64_t>& times = digest_times_[version.name];
  times[version.digest] = overview_.since;
  if (times.size() <= kDigestTimes) return;
  times.erase(std::min_element(times.begin(), times.end(), [](const auto& one, const auto& other) {
    return one.second < other.second;
  }));
}

void Deployer::BeginDrains(const Release& before) {
  std::set<uint32_t> replaced;
  std::set<std::string> apps;
  bool removed = false;
  ForEachChange(&before, *current_, [&](const ServedApp* app, const ServedApp* now) {
    if (app == nullptr) return;
    app->EachVersion([&](const std::shared_ptr<const AppVersion>& version) {
      if (current_->FindVersion(version->id)) {
        // The same version, in other workers: those that had it finish what they have begun.
        if (now->group == app->group) return;
        replaced.insert(version->id);
        apps.insert(app->name());
        return;
      }
      // As the workers do that have served it: for those that start meanwhile.
      if (version->site != nullptr) replaced_.Keep(version, app->terms.drain_timeout);
      replaced.insert(version->id);
      former_.insert(version->id);
      job_->dropped.insert(version->digest);
      apps.insert(app->name());
      removed = removed || now == nullptr || now->leaving;
    });
  });
  if (replaced.empty()) return;
  job_->outcome.operation =
      operations_.Begin(removed ? Operations::kRemove : Operations::kDrain,
                        apps.size() == 1 ? *apps.begin() : "", std::move(replaced), WallClockMs());
}

// Of what it was told, it has come to one more. Whoever is behind answers for each release on the
// way.
void Deployer::OnWorkerCommitted(WorkerLink& worker, uint64_t number) {
  if (worker.commits > 0) --worker.commits;
  if (worker.behind()) {
    // What it serves just now is known by that alone.
    std::erase_if(worker.on_the_way,
                  [number](const auto& entry) { return entry.release < number; });
    return;
  }
  if (number != worker.told->number()) {
    return workers_.Replace(worker, "it serves another release than it was told");
  }
  worker.release = worker.told;
  std::erase_if(worker.on_the_way, [number](const auto& entry) { return entry.release <= number; });
  stragglers_.Caught(worker);
}

void Deployer::OnWorkerAborted(WorkerLink& worker, uint64_t number) {
  std::erase_if(worker.on_the_way, [number](const auto& entry) { return entry.release == number; });
}

// An answer that comes after the commit: what the worker could not boot then, the others serve, and
// it would refuse for good.
void Deployer::OnLatePrepared(WorkerLink& worker, const Prepared& message) {
  if (worker.is_probe || message.number > current_->number()) return;
  for (const PrepareFailure& failure : message.failures) {
    const std::shared_ptr<const AppVersion> version = current_->FindVersion(failure.version);
    if (version == nullptr) continue;
    return workers_.Replace(worker, "it came late to release " + std::to_string(message.number) +
                                        ", whose version of the app " + version->name +
                                        " it could not prepare: " + failure.message);
  }
}

void Deployer::OnLeftBehind(WorkerLink& worker) {
  job_->outcome.notes.push_back(stragglers_.Add(worker, worker.told->number()));
}

void Deployer::OnBroken(const WorkerLink& worker, const BrokenVersion& message) {
  if (worker.is_probe || !served_.contains(message.version)) return;
  broken_[message.version][worker.id] = message.why;
  overview_.release = 0;  // It is made anew when it is asked for.
}

// What takes its place may boot it. What was found by trying is not left to the next request.
void Deployer::ForgetBroken(const WorkerLink& worker) {
  if (broken_.empty()) return;
  for (auto& [id, workers] : broken_) {
    if (workers.erase(worker.id) == 0) continue;
    const std::shared_ptr<const AppVersion> version = current_->FindVersion(id);
    if (version != nullptr && version->untried) to_try_.insert(worker.slot);
  }
  std::erase_if(broken_, [](const auto& entry) { return entry.second.empty(); });
  overview_.release = 0;
}

// Workers may have let go of versions.
void Deployer::OnReleased() {
  ForgetVersions();
  Settle();
  if (!leaving_since_ms_.empty() && !left_.active()) DropLeft();
}

// Ends the operations that wait for nothing any more.
void Deployer::Settle() {
  const auto unfinished = [this](uint32_t version) { return IsUnfinished(version); };
  for (const std::string& id : operations_.Settle(unfinished, WallClockMs())) {
    const OperationView* ended = operations_.Find(id);
    Publish(ended->kind == Operations::kRemove ? "removed" : "drained", ended->app,
            Json(Json::Object()).Set("operation", id).Set("message", ended->message));
  }
}

void Deployer::ForgetVersions() {
  std::erase_if(former_, [this](uint32_t id) {
    if (current_->FindVersion(id)) return true;
    const Release* trying = rollout_ ? rollout_->trying() : nullptr;
    if ((trying != nullptr && trying->FindVersion(id)) || IsHeld(id)) return false;
    served_.erase(id);
    faults_.Forget(id);
    times_.erase(id);
    broken_.erase(id);
    return true;
  });
}

void Deployer::RemoveUnusedSnapshots() {
  if (options_.store == nullptr) return;
  std::set<std::string> served;
  for (const ServedApp& app : current_->apps()) {
    app.EachVersion([&served](const std::shared_ptr<const AppVersion>& version) {
      served.insert(version->digest);
    });
  }
  options_.store->RemoveUnused(served);
}

// Of those that may be nobody's since a change to one app, which are few.
void Deployer::RemoveDropped(const std::set<std::string>& digests) {
  if (options_.store == nullptr) return;
  for (const std::string& digest : digests) {
    bool served = false;
    for (const ServedApp& app : current_->apps()) {
      app.EachVersion([&](const std::shared_ptr<const AppVersion>& version) {
        served = served || version->digest == digest;
      });
    }
    if (!served) options_.store->RemoveIfUnused(digest);
  }
}

// All that an isolate boots from, whosever app it is: what boots and is healthy under one name is
// so under another.
snapshot::Digest Deployer::ProofOf(AppVersion version) {
  version.name.clear();
  version.script_name.clear();
  return snapshot::Sha256Of(version.Encode());
}

bool Deployer::Holds(const WorkerLink& worker, uint32_t version) {
  const std::vector<uint32_t>& draining = worker.draining;
  if (std::binary_search(draining.begin(), draining.end(), version)) return true;
  for (const OnTheWay& release : worker.on_the_way) {
    if (std::ranges::find(release.versions, version) != release.versions.end()) return true;
  }
  return MayRun(worker, worker.release->FindVersion(version));
}

bool Deployer::IsHeld(uint32_t version) const {
  return std::ranges::any_of(
      workers_.live(), [version](const WorkerLink* worker) { return Holds(*worker, version); });
}

bool Deployer::IsAppHeld(const std::string& app) const {
  return std::any_of(served_.begin(), served_.end(), [&](const auto& entry) {
    return entry.second.app == app && IsHeld(entry.first);
  });
}

// Whether a worker has something of a version that is not for it to serve: of one that is not
// served any more, or that other workers serve since its app has another `isolation`.
bool Deployer::HoldsStill(const WorkerLink& worker, uint32_t version) const {
  if (!Holds(worker, version)) return false;
  const std::shared_ptr<const AppVersion> served = current_->FindVersion(version);
  const ServedApp* app = served == nullptr ? nullptr : current_->Find(served->name);
  return app == nullptr || !Membership::Of(worker.group).Has(*app);
}

// Whether an operation still has to wait for a version: workers have something of it, or its app is
// leaving. One that is served again, by the same workers, is waited for no more.
bool Deployer::IsUnfinished(uint32_t version) const {
  if (current_->FindVersion(version)) {
    return std::ranges::any_of(workers_.live(), [this, version](const WorkerLink* worker) {
      return HoldsStill(*worker, version);
    });
  }
  if (IsHeld(version) || current_->FindAnyVersion(version)) return true;
  const std::vector<WorkerLink*> workers = workers_.live();
  return std::any_of(workers.begin(), workers.end(), [version](const WorkerLink* worker) {
    return MayRun(*worker, worker->release->FindAnyVersion(version));
  });
}

}  // namespace nano::server

// Attempts, until one holds. See rollout.h for ownership and threads.
#include "server/deploy/rollout.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "server/deploy/release_diff.h"

namespace nano::server {

Rollout::Rollout(uv_loop_t* loop, Workers& workers, Plan plan, Callbacks callbacks)
    : loop_(loop),
      workers_(workers),
      plan_(std::move(plan)),
      callbacks_(std::move(callbacks)),
      finish_(loop, [this] { callbacks_.done(); }) {
  Compare();
  RefuseUnchecked();
  KeepLeaving();
  Try();
}

void Rollout::Compare() {
  changes_ = CompareReleases(plan_.base.get(), plan_.apps);
  std::erase_if(changes_, [](const AppDifference& difference) {
    return difference.kind == AppDifference::Kind::kUnchanged;
  });
  const auto gone =
      std::count_if(changes_.begin(), changes_.end(), [](const AppDifference& difference) {
        return difference.kind == AppDifference::Kind::kRemoved;
      });
  unchanged_ = plan_.apps.size() - (changes_.size() - static_cast<size_t>(gone));
}

// A snapshot that is not to be trusted takes nobody's place.
void Rollout::RefuseUnchecked() {
  std::vector<SwapFailure> refused;
  ForEachChange(plan_.base->apps(), plan_.apps, [&](const ServedApp* served, const ServedApp* app) {
    if (app == nullptr || app->version->refusal.empty()) return;
    if (served != nullptr && served->version == app->version) return;
    refused.push_back(
        {.version = app->version->id, .step = "check", .message = app->version->refusal});
  });
  for (SwapFailure& failure : refused) KeepOld(std::move(failure));
}

// What is served and not to be any more.
void Rollout::KeepLeaving() {
  std::vector<ServedApp> leaving;
  ForEachChange(plan_.base->apps(), plan_.apps, [&](const ServedApp* app, const ServedApp* next) {
    if (next == nullptr && !plan_.drained.contains(app->name())) leaving.push_back(*app);
  });
  if (leaving.empty()) return;
  std::unordered_set<std::string_view> hosts;
  bool has_default = false;
  for (const ServedApp& app : plan_.apps) {
    hosts.insert(app.hosts.begin(), app.hosts.end());
    has_default = has_default || app.is_default;
  }
  for (ServedApp& app : leaving) {
    app.leaving = true;
    app.canary.reset();
    // A host that another app has got is its own.
    std::vector<std::string> left = app.hosts.list();
    std::erase_if(left, [&hosts](const std::string& host) { return hosts.contains(host); });
    if (left.size() != app.hosts.size()) app.hosts = std::move(left);
    app.is_default = app.is_default && !has_default;
  }
  for (ServedApp& app : leaving) {
    plan_.apps.insert(PlaceOf(plan_.apps, app.name()), std::move(app));
  }
}

// The app stays what it is, or away.
void Rollout::KeepOld(SwapFailure failure) {
  std::vector<ServedApp>& apps = plan_.apps;
  const std::string name = AppOf(failure.version);
  const auto failed = std::find_if(apps.begin(), apps.end(),
                                   [&name](const ServedApp& app) { return app.name() == name; });
  // Its canary may have failed as well: then it is kept already.
  if (failed != apps.end() && failed_.insert(name).second) {
    const ServedApp* served = plan_.base->Find(name);
    if (served != nullptr) {
      *failed = *served;
    } else {
      apps.erase(failed);
    }
    std::erase_if(changes_,
                  [&name](const AppDifference& difference) { return difference.app == name; });
  }
  failures_.push_back({.app = name,
                       .step = std::move(failure.step),
                       .message = std::move(failure.message),
                       .log = std::move(failure.log)});
}

// Empty: the version is none of those that are tried.
std::string Rollout::AppOf(uint32_t version) const {
  const auto find = [version](const std::vector<ServedApp>& apps) -> std::string {
    for (const ServedApp& app : apps) {
      const bool is_canary = app.canary && app.canary->version->id == version;
      if (app.version->id == version || is_canary) return app.name();
    }
    return {};
  };
  return find(next_ == nullptr ? plan_.apps : next_->apps());
}

void Rollout::Try() {
  if (plan_.base->apps() == plan_.apps) return Finish();
  Result<std::shared_ptr<const Release>> next =
      Release::Make(callbacks_.next_number(), plan_.apps, plan_.base.get());
  if (!next.ok()) {
    failures_.push_back({.step = "compare", .message = next.error().ToString()});
    changes_.clear();
    return Finish();
  }
  next_ = std::move(next).value();
  callbacks_.trying(*next_);
  swap_ = std::make_unique<Swap>(
      loop_, workers_,
      Swap::Plan{.base = plan_.base,
                 .next = next_,
                 .snapshots = std::move(plan_.snapshots),
                 .is_proven = plan_.is_proven},
      Swap::Callbacks{
          .persist = [this] { return callbacks_.persist(failed_); },
          .committed =
              [this] {
                committed_ = true;
                callbacks_.committed(next_, failed_);
              },
          .left_behind = [this](WorkerLink& worker) { callbacks_.left_behind(worker); },
          .done = [this](std::vector<SwapFailure> failures) { OnSwapDone(std::move(failures)); }});
}

void Rollout::OnSwapDone(std::vector<SwapFailure> failures) {
  plan_.snapshots = swap_->TakeSnapshots();
  swap_.reset();
  if (failures.empty()) return Finish();
  const bool whole = std::any_of(failures.begin(), failures.end(),
                                 [](const SwapFailure& failure) { return failure.version == 0; });
  for (SwapFailure& failure : failures) KeepOld(std::move(failure));
  next_.reset();
  if (!whole) return Try();  // Without those.
  changes_.clear();
  Finish();
}

void Rollout::Finish() { finish_.Start(0); }

void Rollout::OnStarted(WorkerLink& worker) {
  if (swap_) swap_->OnStarted(worker);
}

void Rollout::OnMessage(WorkerLink& worker, MessageKind kind, const std::string& body) {
  if (swap_) swap_->OnMessage(worker, kind, body);
}

void Rollout::OnEnded(WorkerLink& worker, const WorkerDeath& death) {
  if (swap_) swap_->OnEnded(worker, death);
}

}  // namespace nano::server

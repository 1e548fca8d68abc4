// What a deployer tells of what is deployed. See deployer.h for ownership and threads.
#include <algorithm>
#include <utility>

#include "server/deploy/deployer.h"
#include "server/deploy/kept_versions.h"
#include "server/deploy/release_diff.h"

namespace nano::server {
namespace {

// Where an app's difference is, or would be.
std::vector<AppDifference>::iterator PlaceIn(std::vector<AppDifference>& differences,
                                             const std::string& app) {
  return std::lower_bound(
      differences.begin(), differences.end(), app,
      [](const AppDifference& shown, const std::string& name) { return shown.app < name; });
}

}  // namespace

std::string Deployer::AppOf(uint32_t version) const {
  const auto known = served_.find(version);
  return known == served_.end() ? std::string() : known->second.app;
}

std::string Deployer::ForNextStart(const config::ServerSettings& server) const {
  std::string keys;
  if (options_.for_next_start) {
    for (const std::string& key : options_.for_next_start(server)) {
      keys += (keys.empty() ? "" : ", ") + key;
    }
  }
  if (keys.empty()) return keys;
  return "changed, but for the next start or upgrade (SIGUSR2) of the server: " + keys;
}

// Logged once for each change; whoever asks for a reload is told each time.
void Deployer::NoteForNextStart(const config::ServerSettings& server) {
  const std::string text = ForNextStart(server);
  if (!text.empty()) job_->outcome.notes.push_back(text);
  if (text != std::exchange(told_for_next_start_, text) && !text.empty()) log_.Warn(text);
}

std::optional<AppView> Deployer::app(std::string_view name) {
  const ServedApp* served = current_->Find(name);
  if (served == nullptr) return std::nullopt;
  AppView view = ViewOf(*served, state().Find(name).get(), times_, salt_);
  ShowBroken(view, *served);
  ShowCircuits(view);
  return view;
}

std::optional<Circuit> Deployer::CircuitOf(uint32_t version) const {
  return faults_.CircuitOf(version, uv_now(loop_));
}

// They open and close while nothing is deployed.
void Deployer::ShowCircuits(AppView& view) const {
  const auto show = [this](VersionView& version) { version.circuit = CircuitOf(version.id); };
  if (view.version) show(*view.version);
  if (view.canary) show(view.canary->version);
}

size_t Deployer::broken() const {
  size_t apps = 0;
  for (const auto& [version, workers] : broken_) {
    const auto known = served_.find(version);
    const ServedApp* app = known == served_.end() ? nullptr : current_->Find(known->second.app);
    if (app != nullptr && app->version->id == version && app->version->refusal.empty()) ++apps;
  }
  return apps;
}

// What was thought fit to be served, and is not.
void Deployer::ShowBroken(AppView& view, const ServedApp& app) const {
  const auto broken = broken_.find(app.version->id);
  if (view.state != AppState::kServing || broken == broken_.end()) return;
  view.state = AppState::kRefused;
  view.refusal = broken->second.begin()->second;
}

const Overview& Deployer::overview() {
  if (overview_.release != current_->number() || !(viewed_ == state())) {
    overview_.release = current_->number();
    viewed_ = state();
    overview_.apps = ViewsOf(*current_, viewed_, times_, salt_);
    for (size_t i = 0; i < overview_.apps.size(); ++i) {
      ShowBroken(overview_.apps[i], current_->apps()[i]);
    }
  }
  for (AppView& app : overview_.apps) ShowCircuits(app);
  overview_.missing.clear();
  for (const std::string& name : read_->missing) {
    if (current_->Find(name) == nullptr) overview_.missing.push_back(name);
  }
  overview_.swapping = running_;
  overview_.stopping = stopping_;
  overview_.workers.clear();
  overview_.starting = !workers_.started();
  for (const WorkerLink* worker : workers_.live()) {
    const std::optional<uint32_t> running = workers_.Running(*worker);
    overview_.workers.push_back({.number = static_cast<uint32_t>(worker->number()),
                                 .group = worker->group,
                                 .pid = worker->pid,
                                 .since = worker->since,
                                 .deaths = workers_.deaths(worker->slot),
                                 .behind = worker->behind(),
                                 .running = running ? AppOf(*running) : std::string()});
  }
  return overview_;
}

void Deployer::AskStatus(std::function<void(const Status&)> done) {
  status_.Ask([this, done = std::move(done)](const Status& status) {
    operations_.Note(
        status, [&](const std::set<uint32_t>& versions) { return HoldersOf(versions, status); });
    done(status);
  });
}

std::vector<HolderView> Deployer::HoldersOf(const std::set<uint32_t>& versions,
                                            const Status& status) const {
  std::vector<HolderView> holders;
  for (const WorkerLink* worker : workers_.live()) {
    const auto has = [this, worker](uint32_t version) { return HoldsStill(*worker, version); };
    if (std::ranges::none_of(versions, has)) continue;
    HolderView holder{.number = static_cast<uint32_t>(worker->number()), .group = worker->group};
    for (const WorkerLoad& load : status.workers) {
      if (load.number == holder.number) holder.answered = load.answered;
    }
    const std::optional<uint32_t> running = workers_.Running(*worker);
    if (!holder.answered && running) holder.running = AppOf(*running);
    holders.push_back(std::move(holder));
  }
  return holders;
}

uint64_t Deployer::TakeProfile(const ProfileRequest& request, ProfileCallback done) {
  ProfileRequest profile = request;
  if (const ServedApp* app = current_->Find(request.app)) profile.group = app->group;
  return profiles_.Take(profile, std::move(done));
}

Result<std::vector<KeptVersion>> Deployer::Versions(std::string_view app) {
  const auto previous = previous_.find(std::string(app));
  std::vector<KeptVersion> versions =
      TRY(KeptVersionsOf(app, *files_, *current_, options_.store,
                         previous == previous_.end() ? std::string() : previous->second));
  const auto times = digest_times_.find(std::string(app));
  for (KeptVersion& version : versions) {
    if (times == digest_times_.end()) break;
    const auto served = times->second.find(version.digest);
    if (served != times->second.end()) version.served = served->second;
  }
  return versions;
}

Result<DiffView> Deployer::Diff() {
  SnapshotDescriptors opened;
  config::Config config = TRY(options_.load_config(nullptr));
  const std::string later = ForNextStart(config.server);
  const ServedFiles files =
      TRY(ReadServedFiles(options_.dist, std::move(config), BesideBase(current_.get(), opened)));
  const ReleaseChanges changes{.state = state(),
                               .snapshot_path = [this](const std::string& digest) {
                                 return SnapshotFileOf(digest, *files_, options_.store);
                               }};
  VersionIds unused;  // Of versions that are only compared.
  LoadedRelease next = TRY(ComposeRelease(files, changes, current_.get(), unused));
  DiffView view{CompareReleases(current_.get(), next.apps), std::move(next.warnings)};
  for (std::string& warning : next.fresh) view.notes.push_back(std::move(warning));
  if (!later.empty()) view.notes.push_back(later);
  for (const ServedApp& app : next.apps) {
    const auto place = PlaceIn(view.apps, app.name());
    if (place == view.apps.end() || place->app != app.name()) {
      view.apps.insert(place, {.app = app.name()});
    }
  }
  for (AppDifference& difference : view.apps) {
    const StoredState::Entry stored = next.state.Find(difference.app);
    if (stored != nullptr) difference.overridden = RespectsOf(*stored);
  }
  for (auto& [app, respects] : next.overtaken) {
    const auto place = PlaceIn(view.apps, app);
    if (place != view.apps.end() && place->app == app) place->overtaken = std::move(respects);
  }
  // What the files have and was removed is in neither release.
  for (const StoredState::Entry& stored : next.state.apps()) {
    const auto place = PlaceIn(view.apps, stored->name);
    if (!stored->removed || (place != view.apps.end() && place->app == stored->name)) continue;
    view.apps.insert(place, {.app = stored->name, .overridden = RespectsOf(*stored)});
  }
  return view;
}

std::string Deployer::upload_folder() {
  if (options_.store == nullptr) return {};
  (void)options_.store->Follow();  // If it cannot, the change is told why.
  return options_.store->upload_folder();
}

}  // namespace nano::server

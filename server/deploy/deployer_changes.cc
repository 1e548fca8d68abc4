// Changes to one app: what is to be kept of it, noted against what the files say, and the release
// that this makes. See deployer.h for ownership and threads.
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/named.h"
#include "runtime/identity.h"
#include "server/deploy/app_change.h"
#include "server/deploy/deployer.h"
#include "server/deploy/kept_versions.h"
#include "server/release/app_config.h"
#include "server/release/requirements.h"
#include "snapshot/dist.h"

namespace nano::server {
namespace {

// Of changes that take a version from those that are kept.
bool NamesVersion(const AppChange& change) {
  return !std::holds_alternative<PutApp>(change.action) &&
         !std::holds_alternative<PatchApp>(change.action) &&
         !std::holds_alternative<RemoveApp>(change.action);
}

// Which respects of its configuration a change is about, as a merge patch; null: none.
Json RespectsIn(const AppChange& change) {
  const auto* patch = std::get_if<PatchApp>(&change.action);
  if (patch == nullptr) return {};
  Json respects = patch->config;
  for (const auto& [name, value] : patch->secrets) {
    Json* env = respects.Find("env");
    if (env == nullptr) env = respects.Set("env", Json::Object()).Find("env");
    if (env->object() != nullptr) env->Set(name, Json());
  }
  return respects;
}

}  // namespace

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
  if (!options_.store->is_locked()) {
    return Finish({.kind = Outcome::Kind::kBusy, .app = change.app, .message = kTakingOver});
  }
  const Result<void> followed = options_.store->Follow();
  if (!followed.ok()) return Fail("persist", followed.error());
  std::optional<StoredSnapshot> uploaded;
  if (auto* put = std::get_if<PutApp>(&change.action); put != nullptr && put->snapshot) {
    Result<StoredSnapshot> checked = CheckUpload(*put->snapshot);
    if (!checked.ok()) return Fail("check", checked.error());
    uploaded = std::move(checked).value();
    job_->dropped.insert(uploaded->digest);
    const Result<void> added = options_.store->AddSnapshot(put->snapshot->path(), uploaded->digest);
    if (!added.ok()) return Fail("persist", added.error());
  }
  // Reads the manifests of all kept builds: only for who names a version.
  Result<std::vector<KeptVersion>> kept =
      NamesVersion(change) ? Versions(change.app) : std::vector<KeptVersion>();
  if (!kept.ok()) return Fail("read", kept.error());
  StoredApp noted = stored ? *stored : StoredApp{.name = change.app};
  Result<SnapshotDescriptors> opened = NoteFiles(change, *kept, noted);
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

// What the files say of an app is not always what is served of it: a build may lie in the dist that
// was never loaded, or whose deployment has failed, and the configuration that was read with that
// one waits as well. A change that decides about such a thing is noted against it, so that no
// reload and no restart undoes the change; what it is not about stays as it is served.
Result<SnapshotDescriptors> Deployer::NoteFiles(const AppChange& change,
                                                const std::vector<KeptVersion>& kept,
                                                StoredApp& stored) {
  SnapshotDescriptors opened;
  const ServedFiles::App* const read = FindApp(*read_, change.app);
  const ServedFiles::App* const loaded = FindApp(*job_->files, change.app);
  if (loaded == nullptr && read == nullptr) return opened;
  if (loaded == nullptr) {
    // Of an app that the files have, and that was never deployed from them.
    if (std::holds_alternative<PutApp>(change.action) ||
        std::holds_alternative<RemoveApp>(change.action)) {
      job_->files = WithApp(*job_->files, *read);
    }
    return opened;
  }
  ServedFiles::App app = *loaded;
  const bool has_read = read != nullptr && read_ != job_->files;
  const bool config_noted = has_read && TRY(NoteConfig(change, read->settings, app));
  const bool build_noted = TRY(NoteBuild(change, kept, stored, app, opened));
  if (config_noted || build_noted) job_->files = WithApp(*job_->files, std::move(app));
  return opened;
}

// Of the configuration that was read last, what the change is about; whether that is another one.
Result<bool> Deployer::NoteConfig(const AppChange& change, const config::AppSettings& read,
                                  ServedFiles::App& app) {
  const Json before = ConfigOf(app.settings);
  const Json last = ConfigOf(read);
  if (last == before) return false;
  if (const auto* put = std::get_if<PutApp>(&change.action)) {
    if (put->config) app.settings = read;
    return put->config.has_value();
  }
  const Json mixed = WithRespects(before, last, RespectsIn(change));
  if (mixed == before) return false;
  app.settings = TRY(SettingsFrom(mixed, change.app));
  return true;
}

// The build that lies in the dist, if the change decides about the version that is served; whether
// it does.
Result<bool> Deployer::NoteBuild(const AppChange& change, const std::vector<KeptVersion>& kept,
                                 StoredApp& stored, ServedFiles::App& app,
                                 SnapshotDescriptors& opened) {
  const bool uploads = std::holds_alternative<PutApp>(change.action) &&
                       std::get<PutApp>(change.action).snapshot.has_value();
  if (!uploads && !NamesVersion(change)) return false;
  const std::optional<snapshot::Manifest> manifest = TRY(snapshot::ReadManifest(options_.dist));
  const snapshot::ManifestApp* built = manifest ? FindNamed(manifest->apps, change.app) : nullptr;
  if (built == nullptr || built->digest == app.entry.digest ||
      !Decides(change, {.release = *current_, .stored = &stored, .kept = kept}, built->digest)) {
    return false;
  }
  app.entry.digest = built->digest;
  app.entry.bytes = built->bytes;
  app.snapshot = snapshot::LoadSnapshot(SnapshotFileOf(built->digest, *job_->files, nullptr),
                                        built->digest, built->bytes, runtime::CurrentIdentity(),
                                        BesideBase(current_.get(), opened));
  const ServedApp* served = current_->Find(change.app);
  if (served != nullptr && !served->leaving) StayWith(stored, *served, built->digest);
  return true;
}

std::optional<FileApp> Deployer::FilesOf(const std::string& app) const {
  const ServedFiles::App* served = FindApp(*job_->files, app);
  if (served == nullptr) return std::nullopt;
  return FileApp{.name = app, .digest = served->entry.digest, .config = ConfigOf(served->settings)};
}

// Whether the app's changes make a configuration. What is odd about it is noted, unless it was so
// before.
Result<void> Deployer::CheckConfig(const StoredApp& stored, const std::optional<FileApp>& files) {
  if (stored.empty() || stored.removed) return {};
  const Json own = files ? files->config : Json();
  const auto oddities = [this](const config::AppSettings& settings) {
    return std::vector<std::string>{BodyWithoutEffect(settings, job_->files->config.server),
                                    GroupWithoutEffect(settings)};
  };
  const config::AppSettings settings = TRY(SettingsFrom(ConfigWith(stored, own), stored.name));
  std::vector<std::string> known;
  if (const ServedApp* served = current_->Find(stored.name); served && !served->leaving) {
    const StoredState::Entry entry = state().Find(stored.name);
    const Result<config::AppSettings> before =
        SettingsFrom(entry == nullptr ? own : ConfigWith(*entry, own), stored.name);
    if (before.ok()) known = oddities(*before);
  }
  for (std::string& odd : oddities(settings)) {
    if (odd.empty() || std::ranges::find(known, odd) != known.end()) continue;
    job_->outcome.notes.push_back(std::move(odd));
  }
  return {};
}

Result<StoredSnapshot> Deployer::CheckUpload(const UploadedFile& file) {
  const snapshot::Container container =
      TRY(snapshot::Container::Open(file.path(), runtime::CurrentIdentity()));
  return StoredSnapshot{container.digest(), container.size()};
}

// What the state names of an app is in its folder, whatever becomes of the dist.
Result<void> Deployer::KeepSnapshots(const StoredApp& stored) {
  StateStore& store = *options_.store;
  const auto keep = [&](const StoredSnapshot& snapshot) -> Result<void> {
    const std::string& digest = snapshot.digest;
    if (store.HasSnapshot(digest)) return {};
    const std::string file = SnapshotFileOf(digest, *files_, nullptr);
    // Builds keep a few of those before them, and know nothing of servers.
    const auto served = access(file.c_str(), F_OK) == 0 ? nullptr : MappedSnapshotOf(digest);
    if (served == nullptr) return store.AddSnapshot(file, digest);
    Result<void> written = store.WriteSnapshot(served->bytes(), digest);
    served->Release();
    return written;
  };
  Result<void> kept;
  stored.EachSnapshot([&](const StoredSnapshot& snapshot) {
    if (kept.ok()) kept = keep(snapshot);
  });
  return kept;
}

// Of what is served; null: none of that has it.
AppVersion::Snapshot Deployer::MappedSnapshotOf(const std::string& digest) const {
  AppVersion::Snapshot found;
  for (const ServedApp& app : current_->apps()) {
    app.EachVersion([&](const std::shared_ptr<const AppVersion>& version) {
      if (version->digest == digest && version->snapshot != nullptr) found = version->snapshot;
    });
  }
  return found;
}

}  // namespace nano::server

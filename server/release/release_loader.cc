// Applies changes to what the files say, and checks the whole. See release_loader.h for ownership
// and threads.
#include "server/release/release_loader.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "config/environment.h"
#include "config/yaml/suggest.h"
#include "runtime/identity.h"
#include "server/release/app_config.h"
#include "server/release/effective_settings.h"
#include "server/release/entry_points.h"
#include "server/release/groups.h"
#include "server/release/kv_bindings.h"
#include "server/release/mapped_snapshots.h"
#include "server/release/requirements.h"

namespace nano::server {
namespace {

using config::AppSettings;
using snapshot::ManifestApp;

std::string Joined(const std::vector<std::string>& names, const std::string& prefix = "",
                   const char* separator = ", ") {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : separator) + prefix + name;
  return text;
}

// Goes through all of the apps before it gives up, and says then what is wrong with each.
class Composer {
 public:
  Composer(const ServedFiles& files, const ReleaseChanges& changes, const Release* base,
           VersionIds& ids)
      : files_(files),
        dist_(files.dist.directory),
        config_(files.config),
        changes_(changes),
        base_(base),
        ids_(ids) {}

  // `opened` are the descriptors of snapshots that the files were read with.
  Result<LoadedRelease> Compose(SnapshotDescriptors opened) {
    loaded_.snapshots = std::move(opened);
    loaded_.warnings = files_.warnings;
    auto stored = changes_.state.apps().begin();
    const auto end = changes_.state.apps().end();
    for (const ServedFiles::App& app : files_.apps) {
      for (; stored != end && (*stored)->name < app.entry.name; ++stored) Take(nullptr, *stored);
      const bool is_changed = stored != end && (*stored)->name == app.entry.name;
      Take(&app, is_changed ? *stored++ : nullptr);
    }
    for (; stored != end; ++stored) Take(nullptr, *stored);
    BindServices();
    if (!lacking_.empty()) wrong_.push_back(Lacking());
    if (!wrong_.empty()) return Together(std::move(wrong_));
    TRY(CheckServesAny());
    for (Part& part : parts_) loaded_.apps.push_back(Finish(part));
    TRY(CheckGroups(loaded_.apps));
    return std::move(loaded_);
  }

 private:
  struct CanaryOf {
    const StoredApp::Canary* stored = nullptr;  // Null: none.
    CanaryKey key{};
    AppVersion::Snapshot snapshot{};
  };

  // What the versions of an app are made of.
  struct Made {
    AppVersion version;
    CanaryOf canary;
    std::vector<config::ServiceBinding> bindings;
  };
  // An app of the release.
  struct Part {
    ServedApp app;               // Without versions, if …
    std::unique_ptr<Made> made;  // … this is not null. Else it is as it was.

    const AppVersion& version() const { return made ? made->version : *app.version; }
    const std::string& name() const { return version().name; }
  };

  void Warn(std::string warning) { loaded_.warnings.push_back(std::move(warning)); }

  // What the files (or null) and the API (or null) say of an app. Names come in order.
  void Take(const ServedFiles::App* app, const StoredState::Entry& entry) {
    const std::string& name = app == nullptr ? entry->name : app->entry.name;
    if (const ServedApp* same = FindUnchanged(name, entry)) {
      if (entry) loaded_.state.Put(entry);
      parts_.push_back({.app = *same, .made = nullptr});
      return;
    }
    const StoredState::Entry stored = entry ? Settled(app, entry) : nullptr;
    if (app != nullptr) {
      TakeFiles(*app, stored.get());
    } else if (stored) {
      TakeStored(*stored);
    }
  }

  // The app of the base, if it was made of the same; else null. Apps with services are looked at
  // again: those that they call may have gone.
  const ServedApp* FindUnchanged(const std::string& name, const StoredState::Entry& entry) {
    if (changes_.before == nullptr || changes_.before->Find(name) != entry) return nullptr;
    const ServedApp* served = base_->Find(name);
    if (served == nullptr || served->leaving) return nullptr;
    return served->version->services.empty() ? served : nullptr;
  }

  // What still counts of the changes to an app; null: nothing.
  StoredState::Entry Settled(const ServedFiles::App* app, const StoredState::Entry& entry) {
    std::optional<FileApp> said;
    if (app != nullptr) {
      said = FileApp{
          .name = app->entry.name, .digest = app->entry.digest, .config = ConfigOf(app->settings)};
    }
    auto settled = Settle(*entry, said ? &*said : nullptr);
    StoredState::Entry left = entry;
    if (!settled.overtaken.empty()) {
      loaded_.overtaken.emplace_back(entry->name, std::move(settled.overtaken));
      left = std::make_shared<const StoredApp>(std::move(settled.app));
    }
    if (left->empty()) return nullptr;
    loaded_.state.Put(left);
    return left;
  }

  // An app of the files, as `stored` (or null) has changed it.
  void TakeFiles(const ServedFiles::App& app, const StoredApp* stored) {
    ManifestApp entry = app.entry;
    ServedFiles::Snapshot snapshot = app.snapshot;
    AppSettings settings = app.settings;
    if (stored != nullptr) {
      if (stored->removed) return;
      if (stored->code) snapshot = TakeCode(*stored->code, entry);
      if (!stored->settings.empty() || !stored->secrets.empty()) {
        Result<AppSettings> changed =
            SettingsFrom(ConfigWith(*stored, ConfigOf(settings)), entry.name);
        if (!changed.ok()) return wrong_.push_back(std::move(changed).error());
        settings = std::move(changed).value();
        // What is taken away by a change was decided by somebody.
        settings.stated.Add("outbound", {});
      }
    }
    if (const auto needed = NeededBy(entry, settings, stored); !needed.empty()) {
      return Lack(entry.name, needed, NeededBy(entry, app.settings, nullptr));
    }
    const std::vector<std::string> missing = NotGiven(entry.optional_env, settings.env);
    if (!missing.empty() && !app.why_without.empty() && stored == nullptr) {
      Warn("the app '" + entry.name + "' of " + dist_ + " is served without its variables (" +
           Joined(missing) + "): " + app.why_without +
           "; name the file that gives them with --config");
    }
    Add(entry, snapshot, settings, stored);
  }

  // An app that is in no file.
  void TakeStored(const StoredApp& stored) {
    if (stored.removed || !stored.code) return;
    Result<AppSettings> settings = SettingsFrom(ConfigWith(stored, {}), stored.name);
    if (!settings.ok()) return wrong_.push_back(std::move(settings).error());
    if (settings->hosts.empty() && !settings->is_default) {
      settings->hosts.push_back(stored.name + ".localhost");
    }
    ManifestApp entry{.name = stored.name};
    Add(entry, TakeCode(*stored.code, entry), *settings, &stored);
  }

  ServedFiles::Snapshot TakeCode(const StoredApp::Code& code, ManifestApp& entry) {
    entry.digest = code.snapshot.digest;
    entry.bytes = code.snapshot.bytes;
    return snapshot::LoadSnapshot(changes_.snapshot_path(entry.digest), entry.digest, entry.bytes,
                                  runtime::CurrentIdentity(), beside_base_);
  }

  void Add(const ManifestApp& entry, const ServedFiles::Snapshot& snapshot,
           const AppSettings& settings, const StoredApp* stored) {
    if (Result<void> added = TryAdd(entry, snapshot, settings, stored); !added.ok()) {
      wrong_.push_back(std::move(added).error());
    }
  }

  Result<void> TryAdd(const ManifestApp& entry, const ServedFiles::Snapshot& snapshot,
                      const AppSettings& settings, const StoredApp* stored) {
    if (const std::string odd = GroupWithoutEffect(settings); !odd.empty()) Warn(odd);
    // Told once, and not with each reload after.
    const ServedApp* before = base_ == nullptr ? nullptr : base_->Find(entry.name);
    if (before == nullptr || before->terms.limits.body != settings.limits.body) {
      if (const std::string odd = BodyWithoutEffect(settings, config_.server); !odd.empty()) {
        Warn(odd);
      }
    }
    AppVersion version;
    version.name = entry.name;
    version.script_name = entry.name + ".js";  // As compiler/bundle/bundler.h names it.
    version.digest = entry.digest;
    version.bytes = entry.bytes;
    version.memory = settings.limits.memory;
    version.external_memory = settings.limits.external_memory;
    // Of an upload nobody has noted that; it was tried when it was deployed.
    const bool is_built = stored == nullptr || !stored->code;
    version.untried = is_built && HasLessMemory(entry, settings);
    version.deployment = DeploymentOf(settings, config_.server);
    if (snapshot.ok()) {
      version.Use(TRY(WithDescriptor(*snapshot)));
    } else {
      version.refusal = snapshot.error().ToString();
    }
    version.env = TRY(config::ExpandEnvironment(settings, environment_));
    for (const config::EnvironmentVariable& variable : settings.env) {
      if (variable.is_json) version.json_env.push_back(variable.name);
      if (config::TakesEnvironment(variable)) version.secrets.push_back(variable.name);
    }
    if (stored != nullptr) {
      for (const StoredApp::Secret& secret : stored->secrets) {
        if (!secret.value) continue;
        version.env.emplace_back(secret.name, *secret.value);
        version.secrets.push_back(secret.name);
      }
    }
    version.outbound = TRY(ClientSettings::Make(settings, environment_));
    version.kv = TRY(KvBindingsOf(settings, config_.server, environment_));
    CanaryOf canary;
    if (stored != nullptr && stored->canary) canary = TRY(TakeCanary(*stored->canary, settings));
    parts_.push_back({.app = {.terms = TermsOf(settings, config_.server),
                              .hosts = settings.hosts,
                              .is_default = settings.is_default,
                              .group = GroupOf(settings),
                              .crons = settings.triggers.crons},
                      .made = std::make_unique<Made>(
                          Made{std::move(version), std::move(canary), settings.services})});
    return {};
  }

  // Workers that run already get a snapshot by its descriptor. One that was mapped for an earlier
  // release has none any more, and is opened again.
  Result<AppVersion::Snapshot> WithDescriptor(AppVersion::Snapshot snapshot) {
    const std::string& digest = snapshot->digest();
    if (base_ == nullptr || beside_base_.known(digest) || loaded_.snapshots.contains(digest)) {
      return snapshot;
    }
    return snapshot::LoadSnapshot(changes_.snapshot_path(digest), digest, snapshot->size(),
                                  runtime::CurrentIdentity(), beside_base_);
  }

  Result<CanaryOf> TakeCanary(const StoredApp::Canary& stored, const AppSettings& settings) {
    const std::string& key = stored.key.empty() ? settings.deployment.canary_key : stored.key;
    CanaryOf canary{.stored = &stored};
    if (!key.empty()) canary.key = TRY(CanaryKey::Parse(key));
    const StoredSnapshot& snapshot = stored.snapshot;
    canary.snapshot =
        TRY(snapshot::LoadSnapshot(changes_.snapshot_path(snapshot.digest), snapshot.digest,
                                   snapshot.bytes, runtime::CurrentIdentity(), beside_base_));
    return canary;
  }

  // When all apps are known. Those that could not be added are told already.
  void BindServices() {
    const bool all_known = wrong_.empty() && lacking_.empty();
    std::vector<std::string_view> names;
    for (const Part& part : parts_) names.emplace_back(part.name());
    for (const Part& part : parts_) {
      if (!part.made) continue;
      for (const config::ServiceBinding& binding : part.made->bindings) {
        if (std::binary_search(names.begin(), names.end(), binding.app)) {
          part.made->version.services.push_back(
              {binding.name, binding.app, binding.entrypoint, binding.props});
          const auto called = std::lower_bound(names.begin(), names.end(), binding.app);
          const AppVersion& callee = parts_[size_t(called - names.begin())].version();
          if (auto odd = MissingEntryPoint(part.name(), binding, callee, base_))
            loaded_.fresh.push_back(*odd);
        } else if (all_known) {
          wrong_.push_back(config::ErrorAt(binding.place,
                                           "app '" + part.name() + "', services." + binding.name +
                                               ": there is no app '" + binding.app + "' in " +
                                               dist_,
                                           config::Suggest(binding.app, names)));
        }
      }
    }
  }

  // A version that is served already stays the one that it is.
  ServedApp Finish(Part& part) {
    ServedApp app = std::move(part.app);
    if (!part.made) return app;
    const ServedApp* served = base_ == nullptr ? nullptr : base_->Find(part.name());
    if (const CanaryOf& canary = part.made->canary; canary.stored != nullptr) {
      AppVersion version = part.made->version;
      version.digest = canary.stored->snapshot.digest;
      version.bytes = canary.stored->snapshot.bytes;
      version.modified = 0;  // The other one's.
      version.Use(canary.snapshot);
      app.canary = Canary{.version = Counted(std::move(version), served),
                          .percent = canary.stored->percent,
                          .key = canary.key};
    }
    app.version = Counted(std::move(part.made->version), served);
    return app;
  }

  std::shared_ptr<const AppVersion> Counted(AppVersion version, const ServedApp* served) {
    if (served != nullptr) {
      const std::string encoded = version.Encode();
      std::shared_ptr<const AppVersion> same;
      // Of a canary that becomes current, it is this very version too.
      const auto compare = [&](const std::shared_ptr<const AppVersion>& known) {
        if (known->Encode() == encoded) same = known;
      };
      compare(served->version);
      if (served->canary) compare(served->canary->version);
      if (same) return same;
    }
    version.id = ids_.Next();
    return std::make_shared<const AppVersion>(std::move(version));
  }

  // An app is not given what it was built with; what the files do not give it either is theirs.
  void Lack(const std::string& app, std::vector<std::string> needed,
            const std::vector<std::string>& by_files) {
    if (needed == by_files) return lacking_.push_back("app '" + app + "' needs " + Joined(needed));
    std::erase_if(needed, [&](const std::string& key) {
      return std::find(by_files.begin(), by_files.end(), key) != by_files.end();
    });
    wrong_.push_back(
        {"it was built with " + Joined(needed) + ", which would be taken away from it",
         "app '" + app + "'",
         "Give it another value instead, or take it out of nano.yaml and build again."});
  }

  Error Lacking() const {
    return {Joined(lacking_, "", "; ") + ", and " +
                (config_.path.empty() ? "there is no nano.yaml here that gives it"
                                      : config_.path + " does not give it"),
            dist_,
            "Say it there of the app, name the file that does with --config, or build again "
            "without it."};
  }

  // A server that answers nothing but errors had better not start.
  Result<void> CheckServesAny() const {
    std::string reasons;
    if (files_.dist.manifest.apps.empty() && parts_.empty()) {
      return Error{"there are no apps in it", dist_, "Build some with `nanoc build`."};
    }
    if (parts_.empty()) {
      for (const std::string& warning : loaded_.warnings) reasons += "\n  " + warning;
      return Error{
          "none of its apps can be served:" + reasons, dist_,
          "Name the configuration of these apps with --config" +
              (config_.path.empty() ? std::string(".") : "; this is " + config_.path + ".")};
    }
    for (const Part& part : parts_) {
      const std::string& refusal = part.version().refusal;
      if (refusal.empty()) return {};
      reasons += "\n  " + part.name() + ": " + refusal;
    }
    return Error{"none of its apps can be served:" + reasons, dist_, ""};
  }

  const ServedFiles& files_;
  const std::string& dist_;
  const config::Config& config_;
  const ReleaseChanges& changes_;
  const Release* const base_;
  VersionIds& ids_;
  const config::EnvironmentLookup environment_ = config::ProcessEnvironment();
  std::vector<Part> parts_;  // In the order of their names.
  std::vector<Error> wrong_;
  std::vector<std::string> lacking_;  // Apps with the required variables that nobody gives them.
  LoadedRelease loaded_;
  const snapshot::LoadOptions beside_base_ = BesideBase(base_, loaded_.snapshots);
};

}  // namespace

Result<LoadedRelease> ComposeRelease(const ServedFiles& files, const ReleaseChanges& changes,
                                     const Release* base, VersionIds& ids,
                                     SnapshotDescriptors opened) {
  return Composer(files, changes, base, ids).Compose(std::move(opened));
}

}  // namespace nano::server

// Applies changes to what the files say, and checks the whole. See release_loader.h for ownership
// and threads.
#include "server/release/release_loader.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/named.h"
#include "config/environment.h"
#include "config/yaml/suggest.h"
#include "runtime/identity.h"
#include "server/release/app_config.h"

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

std::vector<std::string_view> Names(const std::vector<AppVersion>& apps) {
  std::vector<std::string_view> names;
  for (const AppVersion& app : apps) names.push_back(app.name);
  return names;
}

// Those of the names that are not among what an app is given.
template <typename Given>
std::vector<std::string> Missing(const std::vector<std::string>& names,
                                 const std::vector<Given>& given) {
  std::vector<std::string> missing;
  for (const std::string& name : names) {
    if (FindNamed(given, name) == nullptr) missing.push_back(name);
  }
  return missing;
}

// What an app was built with and has to be given, by its keys. Whom it may call is among it: a file
// in the app's own directory may have said that, which is not there in production.
std::vector<std::string> Needed(const ManifestApp& entry, const AppSettings& settings,
                                const StoredApp* changes) {
  std::vector<std::string> needed;
  for (const std::string& name : Missing(entry.required_env, settings.env)) {
    const bool is_secret = changes != nullptr && FindNamed(changes->secrets, name) != nullptr;
    if (!is_secret) needed.push_back("env." + name);
  }
  for (const std::string& name : Missing(entry.services, settings.services)) {
    needed.push_back("services." + name);
  }
  if (entry.restricted && !settings.stated.Has("outbound")) needed.push_back("outbound");
  return needed;
}

// What an app says of its deployments, or else the server for all.
Deployment DeploymentOf(const AppSettings& app, const config::ServerSettings& server) {
  const auto of = [](std::chrono::milliseconds own, std::chrono::milliseconds common) {
    return own.count() == 0 ? common : own;
  };
  const config::DeploymentSettings& own = app.deployment;
  return {.health = own.health,
          .boot_timeout = of(own.boot_timeout, server.boot_timeout),
          .health_timeout = of(own.health_timeout, server.health_timeout),
          .drain_timeout = of(own.drain_timeout, server.drain_timeout)};
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
    if (base_ != nullptr) {
      for (const ServedApp& app : base_->apps()) {
        app.EachVersion([this](const std::shared_ptr<const AppVersion>& version) {
          base_digests_.insert(version->digest);
        });
      }
    }
    for (const ServedFiles::App& app : files_.apps) {
      loaded_.files.push_back(
          {.name = app.entry.name,
           .digest = app.entry.digest,
           .config = changes_.state.apps.empty() ? Json() : ConfigOf(app.settings)});
    }
    Settled settled = Settle(changes_.state, loaded_.files);
    loaded_.state = std::move(settled.state);
    loaded_.overtaken = std::move(settled.overtaken);
    for (const ServedFiles::App& app : files_.apps) {
      Take(app, FindNamed(loaded_.state.apps, app.entry.name));
    }
    for (const StoredApp& stored : loaded_.state.apps) {
      if (FindNamed(loaded_.files, stored.name) == nullptr) TakeStored(stored);
    }
    BindServices();
    if (!lacking_.empty()) wrong_.push_back(Lacking());
    if (!wrong_.empty()) return Together(std::move(wrong_));
    TRY(CheckServesAny());
    Share();
    return std::move(loaded_);
  }

 private:
  struct CanaryOf {
    const StoredApp::Canary* stored = nullptr;  // Null: none.
    CanaryKey key{};
    AppVersion::Snapshot snapshot{};
  };

  void Warn(std::string warning) { loaded_.warnings.push_back(std::move(warning)); }

  void Fail(Error error) { wrong_.push_back(std::move(error)); }

  // An app of the files, as `stored` (or null) has changed it.
  void Take(const ServedFiles::App& app, const StoredApp* stored) {
    ManifestApp entry = app.entry;
    ServedFiles::Snapshot snapshot = app.snapshot;
    AppSettings settings = app.settings;
    if (stored != nullptr) {
      if (stored->removed) return;
      if (stored->code) snapshot = TakeCode(*stored->code, entry);
      if (!stored->settings.empty() || !stored->secrets.empty()) {
        Result<AppSettings> changed =
            SettingsFrom(ConfigWith(*stored, ConfigOf(settings)), entry.name);
        if (!changed.ok()) return Fail(std::move(changed).error());
        settings = std::move(changed).value();
        // What is taken away by a change was decided by somebody.
        settings.stated.Add("outbound", {});
      }
    }
    if (const auto needed = Needed(entry, settings, stored); !needed.empty()) {
      lacking_.push_back("app '" + entry.name + "' needs " + Joined(needed));
      return;
    }
    const std::vector<std::string> missing = Missing(entry.optional_env, settings.env);
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
    if (!settings.ok()) return Fail(std::move(settings).error());
    if (settings->hosts.empty() && !settings->is_default) {
      settings->hosts.push_back(stored.name + ".localhost");
    }
    ManifestApp entry{.name = stored.name};
    const ServedFiles::Snapshot snapshot = TakeCode(*stored.code, entry);
    Add(entry, snapshot, *settings, &stored);
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
      Fail(std::move(added).error());
    }
  }

  Result<void> TryAdd(const ManifestApp& entry, const ServedFiles::Snapshot& snapshot,
                      const AppSettings& settings, const StoredApp* stored) {
    AppVersion version;
    version.name = entry.name;
    version.script_name = entry.name + ".js";  // As compiler/bundle/bundler.h names it.
    version.digest = entry.digest;
    version.bytes = entry.bytes;
    version.limits = settings.limits;
    version.deployment = DeploymentOf(settings, config_.server);
    if (snapshot.ok()) {
      version.Use(TRY(WithDescriptor(*snapshot)));
    } else {
      version.refusal = snapshot.error().ToString();
    }
    version.env = TRY(config::ExpandEnvironment(settings, environment_));
    for (const config::EnvironmentVariable& variable : settings.env) {
      if (config::TakesEnvironment(variable.value)) version.secrets.push_back(variable.name);
    }
    if (stored != nullptr) {
      for (const StoredApp::Secret& secret : stored->secrets) {
        if (!secret.value) continue;
        version.env.emplace_back(secret.name, *secret.value);
        version.secrets.push_back(secret.name);
      }
    }
    version.outbound = TRY(ClientSettings::Make(settings, environment_));
    CanaryOf canary;
    if (stored != nullptr && stored->canary) canary = TRY(TakeCanary(*stored->canary, settings));
    bindings_.push_back(settings.services);
    versions_.push_back(std::move(version));
    canaries_.push_back(std::move(canary));
    loaded_.apps.push_back({.hosts = settings.hosts, .is_default = settings.is_default});
    return {};
  }

  // Workers that run already get a snapshot by its descriptor. One that was mapped for an earlier
  // release has none any more, and is opened again.
  Result<AppVersion::Snapshot> WithDescriptor(AppVersion::Snapshot snapshot) {
    const std::string& digest = snapshot->digest();
    if (base_ == nullptr || base_digests_.contains(digest) || loaded_.snapshots.contains(digest)) {
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
    for (size_t i = 0; i < versions_.size(); ++i) {
      for (const config::ServiceBinding& binding : bindings_[i]) {
        if (FindNamed(versions_, binding.app) != nullptr) {
          versions_[i].services.push_back({binding.name, binding.app});
        } else if (all_known) {
          wrong_.push_back(config::ErrorAt(binding.place,
                                           "app '" + versions_[i].name + "', services." +
                                               binding.name + ": there is no app '" + binding.app +
                                               "' in " + dist_,
                                           config::Suggest(binding.app, Names(versions_))));
        }
      }
    }
  }

  // A version that is served already stays the one that it is.
  void Share() {
    for (size_t i = 0; i < versions_.size(); ++i) {
      const ServedApp* served = base_ == nullptr ? nullptr : base_->Find(versions_[i].name);
      ServedApp& app = loaded_.apps[i];
      if (const CanaryOf& canary = canaries_[i]; canary.stored != nullptr) {
        AppVersion version = versions_[i];
        version.digest = canary.stored->snapshot.digest;
        version.bytes = canary.stored->snapshot.bytes;
        version.Use(canary.snapshot);
        app.canary = Canary{.version = Counted(std::move(version), served),
                            .percent = canary.stored->percent,
                            .key = canary.key};
      }
      app.version = Counted(std::move(versions_[i]), served);
    }
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
    if (files_.dist.manifest.apps.empty() && versions_.empty()) {
      return Error{"there are no apps in it", dist_, "Build some with `nanoc build`."};
    }
    if (versions_.empty()) {
      for (const std::string& warning : loaded_.warnings) reasons += "\n  " + warning;
      return Error{
          "none of its apps can be served:" + reasons, dist_,
          "Name the configuration of these apps with --config" +
              (config_.path.empty() ? std::string(".") : "; this is " + config_.path + ".")};
    }
    for (const AppVersion& app : versions_) {
      if (app.refusal.empty()) return {};
      reasons += "\n  " + app.name + ": " + app.refusal;
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
  std::set<std::string> base_digests_;  // Of the snapshots that workers have.
  std::vector<AppVersion> versions_;
  std::vector<CanaryOf> canaries_;                             // Of each version …
  std::vector<std::vector<config::ServiceBinding>> bindings_;  // … likewise.
  std::vector<Error> wrong_;
  std::vector<std::string> lacking_;  // Apps with the required variables that nobody gives them.
  LoadedRelease loaded_;              // An app for each version.
  const snapshot::LoadOptions beside_base_ = BesideBase(base_, loaded_.snapshots);
};

}  // namespace

snapshot::LoadOptions BesideBase(const Release* base, SnapshotDescriptors& opened) {
  if (base == nullptr) return {};
  std::unordered_map<std::string, AppVersion::Snapshot> mapped;
  for (const ServedApp& app : base->apps()) {
    app.EachVersion([&mapped](const std::shared_ptr<const AppVersion>& version) {
      if (version->snapshot) mapped.emplace(version->digest, version->snapshot);
    });
  }
  return {
      .known = [mapped = std::move(mapped)](const std::string& digest) -> AppVersion::Snapshot {
        const auto found = mapped.find(digest);
        return found == mapped.end() ? nullptr : found->second;
      },
      .opened = [&opened](const std::string& digest,
                          Descriptor copy) { opened.insert_or_assign(digest, std::move(copy)); }};
}

Result<LoadedRelease> ComposeRelease(const ServedFiles& files, const ReleaseChanges& changes,
                                     const Release* base, VersionIds& ids,
                                     SnapshotDescriptors opened) {
  return Composer(files, changes, base, ids).Compose(std::move(opened));
}

}  // namespace nano::server

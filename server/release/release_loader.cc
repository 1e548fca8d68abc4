// Puts the dist, its checks and the configuration together. See release_loader.h for ownership and
// threads.
#include "server/release/release_loader.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "base/named.h"
#include "config/default_hosts.h"
#include "config/environment.h"
#include "config/load.h"
#include "config/yaml/suggest.h"
#include "runtime/identity.h"

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

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// What serves a dist where no configuration names apps: what was built, with what a configuration
// gives all apps (`common`, or null).
AppSettings AsBuilt(const ManifestApp& entry, const AppSettings* common) {
  AppSettings settings;
  settings.name = entry.name;
  settings.hosts = entry.hosts;
  settings.is_default = entry.is_default;
  if (common != nullptr) {
    settings.env = common->env;
    settings.services = common->services;
    settings.outbound = common->outbound;
    settings.limits = common->limits;
    settings.stated = common->stated;
  }
  config::TakeBuiltLimits(settings, entry.limits);
  return settings;
}

// The apps that a configuration names. An entry for a list whose directory is not there names those
// that were built from the list; what they have in common is said by the entry.
std::vector<AppSettings> NamedApps(const std::vector<AppSettings>& configured,
                                   const std::vector<ManifestApp>& built) {
  std::vector<AppSettings> named;
  std::vector<const AppSettings*> absent;  // Maybe lists.
  for (const AppSettings& app : configured) {
    if (app.implied) continue;
    if (app.path_only && !Exists(app.directory)) {
      absent.push_back(&app);
    } else {
      named.push_back(app);
    }
  }
  for (const AppSettings* entry : absent) {
    bool stands_for_list = false;
    for (const ManifestApp& app : built) {
      if (std::find(app.lists.begin(), app.lists.end(), entry->path) == app.lists.end()) continue;
      stands_for_list = true;
      if (FindNamed(named, app.name) != nullptr) continue;
      named.push_back(*entry);
      named.back().name = app.name;
    }
    if (!stands_for_list && FindNamed(named, entry->name) == nullptr) named.push_back(*entry);
  }
  return named;
}

// Completes what a configuration says of the apps by what was built, where the configuration cannot
// know it: an app's directory, which may have a nano.yaml of its own, is not there in production.
// A host that the configuration gives to one app is not another's because it was built that way.
void TakeBuiltValues(std::vector<AppSettings>& apps, const std::vector<ManifestApp>& built) {
  std::set<std::string> stated_hosts;
  bool stated_default = false;
  for (const AppSettings& app : apps) {
    stated_hosts.insert(app.hosts.begin(), app.hosts.end());
    stated_default = stated_default || app.is_default;
  }
  for (AppSettings& app : apps) {
    const ManifestApp* entry = FindNamed(built, app.name);
    if (entry == nullptr || Exists(app.directory)) continue;
    config::TakeBuiltLimits(app, entry->limits);
    if (app.stated.Has("hosts") || app.stated.Has("default")) continue;
    for (const std::string& host : entry->hosts) {
      if (!stated_hosts.contains(host)) app.hosts.push_back(host);
    }
    app.is_default = entry->is_default && !stated_default;
  }
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
std::vector<std::string> Needed(const ManifestApp& entry, const AppSettings& settings) {
  std::vector<std::string> needed;
  for (const std::string& name : Missing(entry.required_env, settings.env)) {
    needed.push_back("env." + name);
  }
  for (const std::string& name : Missing(entry.services, settings.services)) {
    needed.push_back("services." + name);
  }
  if (entry.restricted && !settings.stated.Has("outbound")) needed.push_back("outbound");
  return needed;
}

// A file in the folder that a dist lies in. `nanoc build` has read it, if it was there.
std::string ConfigBeside(const std::string& dist) {
  return (std::filesystem::path(dist) / ".." / config::kFileName).lexically_normal().string();
}

// Why an app that was built with variables may not be meant to be without them; empty if somebody
// has decided that: a configuration that is all there, and leaves them out. `named` is what one
// says of the app, or null.
std::string WhyWithout(const AppSettings* named, const std::string& config) {
  if (config.empty()) return "there is no nano.yaml here";
  if (named == nullptr) return config + " does not name it";
  const std::string own = named->directory + "/" + config::kFileName;
  if (Exists(own)) return "";
  return config + " does not give them, and there is no " + own;
}

// Says how much memory copies of snapshots take that the system cannot have back; empty: none.
std::string InMemory(const snapshot::Dist& dist) {
  std::set<const snapshot::Container*> copies;
  size_t bytes = 0;
  for (const auto& [entry, snapshot] : dist.apps) {
    if (!snapshot.ok() || !(*snapshot)->in_memory()) continue;
    if (copies.insert(snapshot->get()).second) bytes += (*snapshot)->size();
  }
  if (copies.empty()) return {};
  return std::to_string(copies.size()) + " snapshot" + (copies.size() == 1 ? "" : "s") + " (" +
         std::to_string((bytes + (1 << 20) - 1) >> 20) +
         " MiB) copied into memory, which the system can only swap: no file can be made in " +
         dist.directory + "/snapshots";
}

// What an app says of its deployments, or else the server for all.
Deployment DeploymentOf(const AppSettings& app, const config::ServerSettings& server) {
  const auto of = [](std::chrono::milliseconds own, std::chrono::milliseconds common) {
    return own.count() == 0 ? common : own;
  };
  return {.health = app.health,
          .boot_timeout = of(app.boot_timeout, server.boot_timeout),
          .health_timeout = of(app.health_timeout, server.health_timeout),
          .drain_timeout = of(app.drain_timeout, server.drain_timeout)};
}

// Goes through all of the apps before it gives up, and says then what is wrong with each.
class Loader {
 public:
  Loader(const std::string& dist, const config::Config& config, const Release* base,
         VersionIds& ids)
      : dist_(dist), config_(config), base_(base), ids_(ids) {}

  Result<LoadedRelease> Load() {
    const snapshot::Dist dist = TRY(snapshot::LoadDist(dist_, runtime::CurrentIdentity()));
    const std::vector<ManifestApp>& built = dist.manifest.apps;
    if (built.empty()) {
      return Error{"there are no apps in it", dist_, "Build some with `nanoc build`."};
    }
    WarnOfConfigBeside();
    configured_ = NamedApps(config_.apps, built);
    TakeBuiltValues(configured_, built);
    TRY(config::AssignDefaultHosts(configured_));
    for (const auto& [entry, snapshot] : dist.apps) Take(entry, snapshot);
    BindServices();
    if (!lacking_.empty()) wrong_.push_back(Lacking());
    if (!wrong_.empty()) return Together(std::move(wrong_));
    WarnOfUnbuilt(built);
    TRY(CheckServesAny());
    if (std::string copied = InMemory(dist); !copied.empty()) Warn(std::move(copied));
    Share();
    return std::move(loaded_);
  }

 private:
  using Snapshot = Result<std::shared_ptr<const snapshot::Container>>;

  void Warn(std::string warning) { loaded_.warnings.push_back(std::move(warning)); }

  void WarnOfConfigBeside() {
    const std::string beside = ConfigBeside(dist_);
    if (!config_.path.empty() || !Exists(beside)) return;
    Warn(beside +
         " is not read: that of the working directory is, or the one that --config names; name it, "
         "if it is meant");
  }

  void WarnOfUnbuilt(const std::vector<ManifestApp>& built) {
    for (const AppSettings& settings : configured_) {
      if (FindNamed(built, settings.name) != nullptr) continue;
      Warn("the app '" + settings.name + "' of " + config_.path + " is not in " + dist_ +
           "; build it with `nanoc build`");
    }
  }

  // What a built app is served with, if it is.
  void Take(const ManifestApp& entry, const Snapshot& snapshot) {
    const AppSettings* named = FindNamed(configured_, entry.name);
    if (named == nullptr && !configured_.empty()) {
      Warn("the app '" + entry.name + "' of " + dist_ + " is not served: " + config_.path +
           " names no such app; add it there, or build without it");
      return;
    }
    // A file that names no app has one that stands for all, with the defaults.
    const AppSettings* common =
        configured_.empty() && !config_.apps.empty() ? &config_.apps.front() : nullptr;
    const AppSettings settings = named == nullptr ? AsBuilt(entry, common) : *named;
    if (const auto needed = Needed(entry, settings); !needed.empty()) {
      lacking_.push_back("app '" + entry.name + "' needs " + Joined(needed));
      return;
    }
    const std::vector<std::string> missing = Missing(entry.optional_env, settings.env);
    const std::string why = WhyWithout(named, config_.path);
    if (!missing.empty() && !why.empty()) {
      Warn("the app '" + entry.name + "' of " + dist_ + " is served without its variables (" +
           Joined(missing) + "): " + why + "; name the file that gives them with --config");
    }
    if (Result<void> added = Add(entry, snapshot, settings); !added.ok()) {
      wrong_.push_back(std::move(added).error());
    }
  }

  Result<void> Add(const ManifestApp& entry, const Snapshot& snapshot,
                   const AppSettings& settings) {
    AppVersion version;
    version.name = entry.name;
    version.script_name = entry.name + ".js";  // As compiler/bundle/bundler.h names it.
    version.digest = entry.digest;
    version.bytes = entry.bytes;
    version.limits = settings.limits;
    version.deployment = DeploymentOf(settings, config_.server);
    if (snapshot.ok()) {
      version.Use(*snapshot);
    } else {
      version.refusal = snapshot.error().ToString();
    }
    version.env = TRY(config::ExpandEnvironment(settings, environment_));
    version.outbound = TRY(ClientSettings::Make(settings, environment_));
    bindings_.push_back(settings.services);
    versions_.push_back(std::move(version));
    loaded_.apps.push_back({.hosts = settings.hosts, .is_default = settings.is_default});
    return {};
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
      if (served != nullptr && served->version->Encode() == versions_[i].Encode()) {
        loaded_.apps[i].version = served->version;
        continue;
      }
      versions_[i].id = ids_.Next();
      loaded_.apps[i].version = std::make_shared<const AppVersion>(std::move(versions_[i]));
    }
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

  const std::string& dist_;
  const config::Config& config_;
  const Release* const base_;
  VersionIds& ids_;
  const config::EnvironmentLookup environment_ = config::ProcessEnvironment();
  std::vector<AppSettings> configured_;
  std::vector<AppVersion> versions_;
  std::vector<std::vector<config::ServiceBinding>> bindings_;  // Of each version.
  std::vector<Error> wrong_;
  std::vector<std::string> lacking_;  // Apps with the required variables that nobody gives them.
  LoadedRelease loaded_;  // An app for each version.
};

}  // namespace

Result<LoadedRelease> LoadRelease(const std::string& dist, const config::Config& config,
                                  const Release* base, VersionIds& ids) {
  return Loader(dist, config, base, ids).Load();
}

}  // namespace nano::server

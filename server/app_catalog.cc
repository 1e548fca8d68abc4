// Puts the dist, its checks and the configuration together. See app_catalog.h for ownership and
// threads.
#include "server/app_catalog.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "config/default_hosts.h"
#include "config/environment.h"
#include "config/load.h"
#include "runtime/identity.h"

namespace nano::server {
namespace {

using config::AppSettings;
using snapshot::ManifestApp;

template <typename List>
auto* FindNamed(List& list, const std::string& name) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const auto& item) { return item.name == name; });
  return found == list.end() ? nullptr : &*found;
}

std::string Joined(const std::vector<std::string>& names, const std::string& prefix = "") {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + prefix + name;
  return text;
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

// Those of the variables that an app is not given.
std::vector<std::string> Missing(const std::vector<std::string>& names,
                                 const AppSettings& settings) {
  std::vector<std::string> missing;
  for (const std::string& name : names) {
    if (FindNamed(settings.env, name) == nullptr) missing.push_back(name);
  }
  return missing;
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

}  // namespace

Result<AppCatalog> AppCatalog::Load(const std::string& dist, const config::Config& config) {
  Result<snapshot::Dist> loaded = snapshot::LoadDist(dist, runtime::CurrentIdentity());
  if (!loaded.ok()) return std::move(loaded).error();
  AppCatalog catalog;
  catalog.dist_ = std::move(loaded).value();
  const std::vector<ManifestApp>& built = catalog.dist_.manifest.apps;
  if (built.empty()) {
    return Error{"there are no apps in it", dist, "Build some with `nanoc build`."};
  }

  std::vector<AppSettings> configured = NamedApps(config.apps, built);
  if (const std::string beside = ConfigBeside(dist); config.path.empty() && Exists(beside)) {
    catalog.warnings_.push_back(beside +
                                " is not read: that of the working directory is, or the one that "
                                "--config names; name it, if it is meant");
  }
  // A file that names no app has one that stands for all, with the defaults.
  const AppSettings* common =
      configured.empty() && !config.apps.empty() ? &config.apps.front() : nullptr;
  TakeBuiltValues(configured, built);
  if (Result<void> assigned = config::AssignDefaultHosts(configured); !assigned.ok()) {
    return std::move(assigned).error();
  }

  const config::EnvironmentLookup environment = config::ProcessEnvironment();
  std::vector<Error> wrong;
  std::vector<std::string> lacking;  // Apps with the required variables that nobody gives them.
  for (const auto& [entry, snapshot] : catalog.dist_.apps) {
    const AppSettings* named = FindNamed(configured, entry.name);
    if (named == nullptr && !configured.empty()) {
      catalog.warnings_.push_back("the app '" + entry.name + "' of " + dist +
                                  " is not served: " + config.path +
                                  " names no such app; add it there, or build without it");
      continue;
    }
    const AppSettings settings = named == nullptr ? AsBuilt(entry, common) : *named;
    if (auto missing = Missing(entry.required_env, settings); !missing.empty()) {
      lacking.push_back("app '" + entry.name + "' needs " + Joined(missing, "env."));
      continue;
    }
    const std::vector<std::string> missing = Missing(entry.optional_env, settings);
    const std::string why = WhyWithout(named, config.path);
    if (!missing.empty() && !why.empty()) {
      catalog.warnings_.push_back("the app '" + entry.name + "' of " + dist +
                                  " is served without its variables (" + Joined(missing) +
                                  "): " + why + "; name the file that gives them with --config");
    }
    if (Result<void> added = catalog.Add(entry, snapshot, settings, environment); !added.ok()) {
      wrong.push_back(std::move(added).error());
    }
  }
  if (!lacking.empty()) {
    std::string message;
    for (const std::string& line : lacking) message += (message.empty() ? "" : "; ") + line;
    wrong.push_back(
        {message + ", and " +
             (config.path.empty() ? "there is no nano.yaml here that gives it"
                                  : config.path + " does not give it"),
         dist,
         "Set it in the app's `env`, name the file that does with --config, or build again "
         "without it."});
  }
  if (!wrong.empty()) return Together(std::move(wrong));

  for (const AppSettings& settings : configured) {
    if (FindNamed(built, settings.name) != nullptr) continue;
    catalog.warnings_.push_back("the app '" + settings.name + "' of " + config.path +
                                " is not in " + dist + "; build it with `nanoc build`");
  }
  if (Result<void> any = catalog.CheckServesAny(dist, config.path); !any.ok()) {
    return std::move(any).error();
  }
  if (std::string copied = InMemory(catalog.dist_); !copied.empty()) {
    catalog.warnings_.push_back(std::move(copied));
  }
  return catalog;
}

Result<void> AppCatalog::Add(const ManifestApp& entry,
                             const Result<std::shared_ptr<const snapshot::Container>>& snapshot,
                             const AppSettings& settings,
                             const config::EnvironmentLookup& environment) {
  ServedApp app;
  app.name = entry.name;
  app.script_name = app.name + ".js";  // As compiler/bundler.h names it.
  app.hosts = settings.hosts;
  app.is_default = settings.is_default;
  app.limits = settings.limits;
  if (snapshot.ok()) {
    app.image = (*snapshot)->Image(app.name);
  } else {
    app.refusal = snapshot.error().ToString();
  }
  auto expanded = config::ExpandEnvironment(settings, environment);
  if (!expanded.ok()) return std::move(expanded).error();
  app.env = std::move(expanded).value();

  const VirtualHosts::App index = apps_.size();
  for (const std::string& host : app.hosts) {
    if (Result<void> added = hosts_.Add(host, index); !added.ok()) return added;
  }
  if (app.is_default) {
    if (Result<void> set = hosts_.SetDefault(index); !set.ok()) return set;
  }
  apps_.push_back(std::move(app));
  return {};
}

// A server that answers nothing but errors had better not start.
Result<void> AppCatalog::CheckServesAny(const std::string& dist, const std::string& config) const {
  std::string reasons;
  if (apps_.empty()) {
    for (const std::string& warning : warnings_) reasons += "\n  " + warning;
    return Error{"none of its apps can be served:" + reasons, dist,
                 "Name the configuration of these apps with --config" +
                     (config.empty() ? std::string(".") : "; this is " + config + ".")};
  }
  for (const ServedApp& app : apps_) {
    if (app.refusal.empty()) return {};
    reasons += "\n  " + app.name + ": " + app.refusal;
  }
  return Error{"none of its apps can be served:" + reasons, dist, ""};
}

}  // namespace nano::server

// Puts the dist, its checks and the configuration together. See app_catalog.h for ownership and
// threads.
#include "server/app_catalog.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "config/default_hosts.h"
#include "config/environment.h"
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

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// What serves a dist without a configuration: what was built.
AppSettings AsBuilt(const ManifestApp& entry) {
  AppSettings settings;
  settings.name = entry.name;
  settings.hosts = entry.hosts;
  settings.is_default = entry.is_default;
  settings.limits.memory = entry.memory;
  return settings;
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
    if (entry == nullptr || access(app.directory.c_str(), F_OK) == 0) continue;
    if (!app.stated.memory) app.limits.memory = entry->memory;
    if (app.stated.reach) continue;
    for (const std::string& host : entry->hosts) {
      if (!stated_hosts.contains(host)) app.hosts.push_back(host);
    }
    app.is_default = entry->is_default && !stated_default;
  }
}

// Whether an entry's directory, which is not there, may hold a list of apps that only the dist
// knows.
bool MayStandForOthers(const AppSettings& app, const std::vector<ManifestApp>& built) {
  return app.stated.path_only && FindNamed(built, app.name) == nullptr &&
         access(app.directory.c_str(), F_OK) != 0;
}

// The required variables that an app is not given.
std::vector<std::string> MissingVariables(const ManifestApp& entry, const AppSettings& settings) {
  std::vector<std::string> missing;
  for (const std::string& name : entry.required_env) {
    if (FindNamed(settings.env, name) == nullptr) missing.push_back("env." + name);
  }
  return missing;
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

  std::vector<AppSettings> configured;
  for (const AppSettings& app : config.apps) {
    if (!app.implied) configured.push_back(app);
  }
  TakeBuiltValues(configured, built);
  if (Result<void> assigned = config::AssignDefaultHosts(configured); !assigned.ok()) {
    return std::move(assigned).error();
  }
  const bool serve_unnamed =
      std::any_of(configured.begin(), configured.end(),
                  [&](const auto& app) { return MayStandForOthers(app, built); });

  const config::EnvironmentLookup environment = config::ProcessEnvironment();
  std::vector<std::string> lacking;  // Apps with the required variables that nobody gives them.
  for (const auto& [entry, snapshot] : catalog.dist_.apps) {
    const AppSettings* named = FindNamed(configured, entry.name);
    if (named == nullptr && !configured.empty() && !serve_unnamed) {
      catalog.warnings_.push_back("the app '" + entry.name + "' of " + dist +
                                  " is not served: " + config.path +
                                  " names no such app; add it there, or build without it");
      continue;
    }
    const AppSettings settings = named == nullptr ? AsBuilt(entry) : *named;
    if (auto missing = MissingVariables(entry, settings); !missing.empty()) {
      lacking.push_back("app '" + entry.name + "' needs " + Joined(missing));
      continue;
    }
    if (named == nullptr && !entry.optional_env.empty()) {
      catalog.warnings_.push_back(
          "the app '" + entry.name + "' of " + dist + " is served without its variables (" +
          Joined(entry.optional_env) + "): " +
          (config.path.empty() ? "there is no nano.yaml here" : config.path + " does not name it") +
          "; name the file that does with --config");
    }
    if (Result<void> added = catalog.Add(entry, snapshot, settings, environment); !added.ok()) {
      return std::move(added).error();
    }
  }
  if (!lacking.empty()) {
    std::string message;
    for (const std::string& line : lacking) message += (message.empty() ? "" : "; ") + line;
    return Error{message + ", and " +
                     (config.path.empty() ? "there is no nano.yaml here that gives it"
                                          : config.path + " does not give it"),
                 dist,
                 "Set it in the app's `env`, name the file that does with --config, or build again "
                 "without it."};
  }

  for (const AppSettings& settings : configured) {
    if (FindNamed(built, settings.name) != nullptr) continue;
    catalog.warnings_.push_back("the app '" + settings.name + "' of " + config.path +
                                " is not in " + dist + "; build it with `nanoc build`");
  }
  if (Result<void> any = catalog.CheckServesAny(dist, config.path); !any.ok()) {
    return std::move(any).error();
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
  app.memory_limit = settings.limits.memory;
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

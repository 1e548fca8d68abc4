// Puts the dist and the configuration together. See served_files.h for ownership and threads.
#include "server/release/served_files.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <utility>

#include "base/json.h"
#include "base/named.h"
#include "config/default_hosts.h"
#include "config/load.h"
#include "runtime/identity.h"
#include "server/release/app_config.h"

namespace nano::server {
namespace {

using config::AppSettings;
using snapshot::ManifestApp;

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// Completes what a configuration says by what the app's wrangler file said when it was built.
Result<void> TakeCarried(AppSettings& settings, const ManifestApp& entry) {
  if (entry.config.empty()) return {};
  Result<AppSettings> carried = SettingsFrom(TRY(Json::Parse(entry.config, kFileJson)), entry.name,
                                             "manifest.json, `config` of '" + entry.name + "'");
  if (!carried.ok()) {
    Error error = std::move(carried).error();
    error.where = "app '" + entry.name + "', config of the manifest";
    error.hint = "Build the dist again with this version's nanoc.";
    return error;
  }
  config::TakeUnder(settings, *carried);
  return {};
}

// Namespaces that it was built with, unless something is said of them: what the build knew of them
// may have been in a file that servers do not read.
void TakeBuiltKv(AppSettings& app, const ManifestApp& entry) {
  if (app.stated.Has("kv")) return;
  for (const auto& [name, space] : entry.kv) {
    if (FindNamed(app.kv, name) == nullptr) app.kv.push_back({.name = name, .space = space});
  }
}

// What serves a dist where no configuration names apps: what was built, with what a configuration
// gives all apps (`common`, or null).
Result<AppSettings> AsBuilt(const ManifestApp& entry, const AppSettings* common) {
  AppSettings settings;
  settings.name = entry.name;
  settings.hosts = entry.hosts;
  settings.is_default = entry.is_default;
  if (common != nullptr) {
    settings.env = common->env;
    settings.services = common->services;
    settings.kv = common->kv;
    settings.outbound = common->outbound;
    settings.limits = common->limits;
    settings.deployment = common->deployment;
    settings.triggers = common->triggers;
    settings.stated = common->stated;
  }
  config::TakeBuilt(settings, entry.limits, entry.deployment, entry.triggers);
  TRY(TakeCarried(settings, entry));
  TakeBuiltKv(settings, entry);
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
    if (entry == nullptr) continue;
    TakeBuiltKv(app, *entry);
    // A wrangler file in there is read by builds alone.
    if (Exists(app.directory) && entry->config.empty()) continue;
    config::TakeBuilt(app, entry->limits, entry->deployment, entry->triggers);
    if (app.stated.Has("hosts") || app.stated.Has("default")) continue;
    for (const std::string& host : entry->hosts) {
      if (!stated_hosts.contains(host)) app.hosts.push_back(host);
    }
    app.is_default = entry->is_default && !stated_default;
  }
}

// A file in the folder that a dist lies in. `nanoc build` has read it, if it was there.
std::string ConfigBeside(const std::string& dist) {
  return (std::filesystem::path(dist) / ".." / config::kFileName).lexically_normal().string();
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

// Where what the files say of an app is, or would be.
template <typename Apps>
auto PlaceOf(Apps& apps, std::string_view name) {
  return std::lower_bound(apps.begin(), apps.end(), name,
                          [](const ServedFiles::App& app, std::string_view wanted) {
                            return app.entry.name.compare(wanted) < 0;
                          });
}

class FilesReader {
 public:
  FilesReader(const std::string& dist, config::Config config) : dist_(dist) {
    files_.config = std::move(config);
  }

  Result<ServedFiles> Read(const snapshot::LoadOptions& options) {
    files_.dist = TRY(snapshot::LoadDist(dist_, runtime::CurrentIdentity(), options));
    WarnOfConfigBeside();
    return Complete();
  }

  Result<ServedFiles> ReadSettings(snapshot::Manifest manifest) {
    files_.dist.directory = dist_;
    for (const ManifestApp& app : manifest.apps) {
      files_.dist.apps.push_back(
          {app, Error{"it was not read", snapshot::SnapshotPath(app.digest), ""}});
    }
    files_.dist.manifest = std::move(manifest);
    return Complete();
  }

 private:
  Result<ServedFiles> Complete() {
    const std::vector<ManifestApp>& built = files_.dist.manifest.apps;
    configured_ = NamedApps(files_.config.apps, built);
    TakeBuiltValues(configured_, built);
    TRY(config::AssignDefaultHosts(configured_));
    for (const auto& [entry, snapshot] : files_.dist.apps) TRY(Take(entry, snapshot));
    WarnOfUnbuilt(built);
    if (std::string copied = InMemory(files_.dist); !copied.empty()) Warn(std::move(copied));
    return std::move(files_);
  }

  void Warn(std::string warning) { files_.warnings.push_back(std::move(warning)); }

  void WarnOfConfigBeside() {
    const std::string beside = ConfigBeside(dist_);
    if (!files_.config.path.empty() || !Exists(beside)) return;
    Warn(beside +
         " is not read: that of the working directory is, or the one that --config names; name it, "
         "if it is meant");
  }

  void WarnOfUnbuilt(const std::vector<ManifestApp>& built) {
    for (const AppSettings& settings : configured_) {
      if (FindNamed(built, settings.name) != nullptr) continue;
      files_.missing.push_back(settings.name);
      Warn("the app '" + settings.name + "' of " + files_.config.path +
           " is not served, for nobody has built it, and it is not in " + dist_ +
           "; build it with `nanoc build`");
    }
  }

  // What a built app is served with, if it is.
  Result<void> Take(const ManifestApp& entry, const ServedFiles::Snapshot& snapshot) {
    const std::string& config = files_.config.path;
    const AppSettings* named = FindNamed(configured_, entry.name);
    if (named == nullptr && !configured_.empty()) {
      Warn("the app '" + entry.name + "' of " + dist_ + " is not served: " + config +
           " names no such app; add it there, or build without it");
      return {};
    }
    // A file that names no app has one that stands for all, with the defaults.
    const std::vector<AppSettings>& apps = files_.config.apps;
    const AppSettings* common = configured_.empty() && !apps.empty() ? &apps.front() : nullptr;
    AppSettings settings;
    if (named == nullptr) {
      settings = TRY(AsBuilt(entry, common));
    } else {
      settings = *named;
      TRY(TakeCarried(settings, entry));
    }
    files_.apps.push_back({.entry = entry,
                           .snapshot = snapshot,
                           .settings = std::move(settings),
                           .why_without = WhyWithout(named, config)});
    return {};
  }

  const std::string& dist_;
  std::vector<AppSettings> configured_;
  ServedFiles files_;
};

}  // namespace

Result<ServedFiles> ReadServedFiles(const std::string& dist, config::Config config,
                                    const snapshot::LoadOptions& options) {
  return FilesReader(dist, std::move(config)).Read(options);
}

Result<ServedFiles> ReadServedSettings(const std::string& dist, snapshot::Manifest manifest,
                                       config::Config config) {
  return FilesReader(dist, std::move(config)).ReadSettings(std::move(manifest));
}

const ServedFiles::App* FindApp(const ServedFiles& files, std::string_view name) {
  const auto place = PlaceOf(files.apps, name);
  return place == files.apps.end() || place->entry.name != name ? nullptr : &*place;
}

std::shared_ptr<const ServedFiles> WithApp(const ServedFiles& files, ServedFiles::App app) {
  auto mixed = std::make_shared<ServedFiles>(files);
  const auto place = PlaceOf(mixed->apps, app.entry.name);
  if (place != mixed->apps.end() && place->entry.name == app.entry.name) {
    *place = std::move(app);
  } else {
    mixed->apps.insert(place, std::move(app));
  }
  return mixed;
}

std::shared_ptr<const ServedFiles> WithOldApps(const ServedFiles& files, const ServedFiles& before,
                                               const std::set<std::string>& apps) {
  const auto is_old = [&apps](const ServedFiles::App& app) {
    return apps.contains(app.entry.name);
  };
  auto mixed = std::make_shared<ServedFiles>(files);
  std::erase_if(mixed->apps, is_old);
  std::copy_if(before.apps.begin(), before.apps.end(), std::back_inserter(mixed->apps), is_old);
  std::sort(mixed->apps.begin(), mixed->apps.end(),
            [](const auto& a, const auto& b) { return a.entry.name < b.entry.name; });
  return mixed;
}

}  // namespace nano::server

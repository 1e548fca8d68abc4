// Reading, nesting and merging of configuration files.
#include "config/load.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/file.h"
#include "config/schema.h"

namespace nano::config {
namespace {

namespace fs = std::filesystem;

// "apps/shop" below "conf" is "conf/apps/shop"; absolute paths stay.
std::string Below(const std::string& directory, const std::string& path) {
  std::string out = (fs::path(directory) / path).lexically_normal().string();
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  return out.empty() ? "." : out;
}

std::string DirectoryOf(const std::string& file) {
  const std::string parent = fs::path(file).parent_path().string();
  return parent.empty() ? "." : parent;
}

// The last part of the real path: "." and ".." have names too.
std::string NameOf(const std::string& directory) {
  std::error_code status;
  const fs::path path = fs::absolute(directory, status).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

bool Exists(const std::string& path) {
  std::error_code status;
  return fs::exists(path, status);
}

bool IsSame(const std::string& a, const std::string& b) {
  std::error_code status;
  return fs::equivalent(a, b, status);
}

// The values of `over` where it has some, else those of `under`.
AppFields Overlay(AppFields under, const AppFields& over) {
  const auto take = [](auto& to, const auto& from) {
    if (from.has_value()) to = from;
  };
  take(under.path, over.path);
  take(under.memory, over.memory);
  take(under.warmup, over.warmup);
  if (over.name.has_value()) {
    under.name = over.name;
    under.name_place = over.name_place;
  }
  if (over.entry.has_value()) {
    under.entry = over.entry;
    under.entry_place = over.entry_place;
  }
  if (over.hosts.has_value()) {
    under.hosts = over.hosts;
    under.host_places = over.host_places;
  }
  if (over.is_default.has_value()) {
    under.is_default = over.is_default;
    under.default_place = over.default_place;
  }
  for (const EnvironmentVariable& variable : over.env) {
    bool replaced = false;
    for (EnvironmentVariable& present : under.env) {
      if (present.name != variable.name) continue;
      present = variable;
      replaced = true;
    }
    if (!replaced) under.env.push_back(variable);
  }
  under.place = over.place;
  return under;
}

Result<FileFields> ReadFields(const std::string& path) {
  Result<std::string> text = ReadFile(path);
  if (!text.ok()) return std::move(text).error();
  return ParseFile(std::make_shared<Source>(Source{path, std::move(text).value()}));
}

// Collects apps with their places and checks what must be unique among them.
class Collector {
 public:
  // All apps of a file, with `inherited` under their values.
  Result<void> AddFile(const std::string& path, const FileFields& file,
                       const AppFields& inherited) {
    const AppFields defaults = Overlay(inherited, file.defaults);
    const std::string directory = DirectoryOf(path);
    if (!file.apps.has_value()) return AddApp(directory, Overlay(defaults, file.self), file.self);

    open_.push_back(path);
    for (const AppFields& entry : *file.apps) {
      Result<void> added = AddEntry(Below(directory, *entry.path), defaults, entry);
      if (!added.ok()) return added;
    }
    open_.pop_back();
    return {};
  }

  Result<void> AddApp(const std::string& directory, const AppFields& fields,
                      const AppFields& own = {}) {
    AppSettings app;
    app.place = fields.place;
    app.directory = directory;
    app.name = fields.name.value_or(NameOf(directory));
    app.entry = fields.entry.value_or("");
    app.entry_place = fields.entry_place;
    app.hosts = fields.hosts.value_or(std::vector<std::string>());
    app.is_default = fields.is_default.value_or(false);
    app.env = fields.env;
    app.limits.memory = fields.memory.value_or(AppLimits().memory);
    app.stated = {.reach = fields.hosts.has_value() || fields.is_default.has_value(),
                  .memory = fields.memory.has_value(),
                  .path_only = own.path.has_value() && !own.first_other.has_value()};
    app.warmup = fields.warmup.value_or(std::vector<WarmupRequest>());
    app.implied = !own.path.has_value() && !own.first_other.has_value();
    if (!fields.name.has_value() && !IsAppName(app.name)) {
      return ErrorAt(fields.place, "the directory's name, '" + app.name + "', cannot be an app's",
                     "Set `name`, to letters, digits, '.', '_' and '-'.");
    }
    if (Result<void> unique = CheckUnique(app, fields); !unique.ok()) return unique;
    apps_.push_back(std::move(app));
    return {};
  }

  std::vector<AppSettings> Take() { return std::move(apps_); }

 private:
  Result<void> AddEntry(const std::string& directory, const AppFields& defaults,
                        const AppFields& entry) {
    const std::string nested = Below(directory, kFileName);
    // `path: .` is the listing file's own directory.
    if (!Exists(nested) || IsSame(nested, open_.back())) {
      return AddApp(directory, Overlay(defaults, entry), entry);
    }
    for (const std::string& open : open_) {
      if (IsSame(nested, open)) {
        return ErrorAt(entry.path_place, nested + " lists this file's apps, and this file its own");
      }
    }
    Result<FileFields> file = ReadFields(nested);
    if (!file.ok()) return std::move(file).error();
    if (!file->apps.has_value()) {
      const AppFields own = Overlay(Overlay(defaults, file->defaults), file->self);
      return AddApp(directory, Overlay(own, entry), entry);
    }
    if (entry.first_other.has_value()) {
      return ErrorAt(*entry.first_other,
                     nested + " lists several apps: only `path` is possible here",
                     "Move the other keys there.");
    }
    return AddFile(nested, *file, defaults);
  }

  Result<void> CheckUnique(const AppSettings& app, const AppFields& fields) {
    const auto first = [](const Place& place) {
      return place.source == nullptr ? std::string()
                                     : "The other one is at " + place.ToString() + ".";
    };
    const Place& name_place = fields.name_place.source ? fields.name_place : fields.place;
    const auto [name, fresh] = names_.emplace(app.name, name_place);
    if (!fresh) {
      return ErrorAt(name_place, "two apps are named '" + app.name + "'",
                     first(name->second) + " Set `name` on one of them.");
    }
    for (size_t i = 0; i < app.hosts.size(); ++i) {
      const Place& place = fields.host_places[i];
      const auto [host, free] = hosts_.emplace(app.hosts[i], std::pair(app.name, place));
      if (!free) {
        return ErrorAt(place,
                       "app '" + app.name + "' and app '" + host->second.first +
                           "' both claim host '" + app.hosts[i] + "'",
                       first(host->second.second));
      }
    }
    if (app.is_default) {
      if (default_.has_value()) {
        return ErrorAt(
            fields.default_place,
            "app '" + app.name + "' and app '" + default_->first + "' both claim to be the default",
            first(default_->second));
      }
      default_.emplace(app.name, fields.default_place);
    }
    return {};
  }

  std::vector<AppSettings> apps_;
  std::map<std::string, Place> names_;
  std::map<std::string, std::pair<std::string, Place>> hosts_;
  std::optional<std::pair<std::string, Place>> default_;
  std::vector<std::string> open_;  // Files whose lists are being read, outermost first.
};

void TakeSettings(const std::string& path, FileFields&& file, Config* config) {
  config->path = path;
  config->server = std::move(file.server);
  config->build = std::move(file.build);
  if (file.out.has_value()) config->build.out = Below(DirectoryOf(path), *file.out);
}

// A sole app answers for every host; among several, each needs a way to be reached.
Result<void> CheckReachable(Config* config) {
  if (config->apps.size() == 1 && config->apps[0].hosts.empty()) {
    config->apps[0].is_default = true;
  }
  for (const AppSettings& app : config->apps) {
    if (!app.hosts.empty() || app.is_default) continue;
    return ErrorAt(app.place, "no request would reach app '" + app.name + "': it has no hosts",
                   "Set `hosts: [" + app.name + ".localhost]`, or `default: true`, in " +
                       Below(app.directory, kFileName) + " or in its entry of `apps`.");
  }
  return {};
}

}  // namespace

Result<Config> LoadConfig(const std::string& path) {
  Result<FileFields> file = ReadFields(path);
  if (!file.ok()) return std::move(file).error();
  Collector collector;
  if (Result<void> added = collector.AddFile(path, *file, {}); !added.ok()) {
    return std::move(added).error();
  }
  Config config;
  TakeSettings(path, std::move(file).value(), &config);
  config.apps = collector.Take();
  return config;
}

Result<Config> LoadDirectories(const std::vector<std::string>& directories, bool reachable) {
  Config config;
  Collector collector;
  for (const std::string& given : directories) {
    const std::string directory = Below("", given);
    std::error_code status;
    if (!fs::is_directory(directory, status)) {
      return Error{Exists(directory) ? "this is not a directory" : "no such directory", given,
                   "Name directories with an app or a nano.yaml."};
    }
    const std::string path = Below(directory, kFileName);
    if (!Exists(path)) {
      if (Result<void> added = collector.AddApp(directory, {}); !added.ok()) {
        return std::move(added).error();
      }
      continue;
    }
    Result<FileFields> file = ReadFields(path);
    if (!file.ok()) return std::move(file).error();
    if (Result<void> added = collector.AddFile(path, *file, {}); !added.ok()) {
      return std::move(added).error();
    }
    if (directories.size() == 1) TakeSettings(path, std::move(file).value(), &config);
  }
  config.apps = collector.Take();
  if (!reachable) return config;
  if (Result<void> checked = CheckReachable(&config); !checked.ok()) {
    return std::move(checked).error();
  }
  return config;
}

}  // namespace nano::config

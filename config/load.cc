// Reading, nesting and merging of configuration files.
#include "config/load.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "base/file.h"
#include "base/named.h"
#include "config/schema/file.h"
#include "config/wrangler/project.h"

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

bool IsDirectory(const std::string& path) {
  std::error_code status;
  return fs::is_directory(path, status);
}

bool IsSame(const std::string& a, const std::string& b) {
  std::error_code status;
  return fs::equivalent(a, b, status);
}

// Whether the app finds one by that name in `env`, while it is served or built.
bool HasVariable(const AppSettings& app, const std::string& name) {
  return FindNamed(app.env, name) != nullptr || FindNamed(app.build_env, name) != nullptr;
}

// More than a list of all the apps of a machine.
constexpr size_t kMaxFile = size_t{16} << 20;

// What the file is called by mistake.
constexpr char kMisnamed[] = "nano.yml";

// The outermost list's own directory.
constexpr char kHere[] = ".";

// Collects apps with their places and checks what must be unique among them, and goes on after what
// is wrong, so that all of it can be told at once.
class Collector {
 public:
  Collector(Purpose purpose, const WranglerOptions& wrangler)
      : purpose_(purpose), wrangler_(wrangler) {}

  // What is right in a file.
  FileFields Read(const std::string& path) {
    files_.insert(path);
    Result<std::string> text = ReadFile(path, kMaxFile);
    if (!text.ok()) {
      Fail(std::move(text).error());
      return {};
    }
    std::vector<Error> errors;
    FileFields fields =
        ReadFileFields(std::make_shared<Source>(Source{path, std::move(text).value()}), errors);
    for (Error& error : errors) Fail(std::move(error));
    return fields;
  }

  // The configuration file of a directory, and that it was looked for.
  Result<std::optional<std::string>> Find(const std::string& directory) {
    files_.insert(Below(directory, kFileName));
    files_.insert(Below(directory, kMisnamed));
    return FindConfig(directory);
  }

  // All apps of a file, with `inherited` under their values. `listed` is its directory as seen from
  // the outermost list.
  void AddFile(const std::string& path, const FileFields& file, const AppSettings& inherited,
               const std::string& listed) {
    const AppSettings defaults = Overlay(inherited, file.defaults);
    const std::string directory = DirectoryOf(path);
    if (!file.apps.has_value()) {
      return AddApp(directory, listed, Overlay(defaults, file.self), file.self);
    }

    open_.push_back({path, listed});
    for (const AppSettings& entry : *file.apps) {
      if (!entry.path.empty()) AddEntry(directory, defaults, entry);
    }
    open_.pop_back();
  }

  // An app of the values of all its places. `own` is what its file or entry says.
  void AddApp(const std::string& directory, const std::string& listed, AppSettings app,
              const AppSettings& own = {}) {
    app.directory = directory;
    app.path = listed;
    if (purpose_ == Purpose::kBuild) TakeWrangler(app);
    for (const OpenList& list : open_) {
      if (list.listed != kHere) app.lists.push_back(list.listed);
    }
    app.path_only = own.stated.Has("path") && own.stated.FirstBut("path") == nullptr;
    app.implied = own.stated.empty();
    const bool named = !app.name.empty();
    const bool misnamed = !named && app.stated.Has("name");
    if (!named) app.name = NameOf(directory);
    if (!named && !IsAppName(app.name)) {
      if (misnamed) return;
      return Fail(ErrorAt(app.place, "the directory's name, '" + app.name + "', cannot be an app's",
                          "Set `name`, to letters, digits, '.', '_' and '-'."));
    }
    CheckUnique(app, misnamed);
    for (const ServiceBinding& service : app.services) {
      if (!HasVariable(app, service.name)) continue;
      Fail(ErrorAt(
          service.place,
          "app '" + app.name + "' has both a service and a variable named '" + service.name + "'",
          "Rename one of them: the app finds both in `env`."));
    }
    CheckKv(app);
    CheckAssets(app);
    apps_.push_back(std::move(app));
  }

  // What nano.yaml says wins. Where it speaks of the app in the app's own directory, somebody knows
  // which bindings the app goes without.
  void TakeWrangler(AppSettings& app) {
    WranglerOptions options = wrangler_;
    options.takes_name = app.stated.empty();
    options.allows_missing |= !app.stated.empty() && Exists(Below(app.directory, kFileName));
    auto project = ReadWranglerProject(app.directory, options);
    if (!project) return;
    app.directory = project->directory;
    app.wrangler = project->app.wrangler;
    app.carried = project->app.carried;
    for (const Remark& remark : project->remarks) app.remarks.push_back(remark.ToString());
    app.refusals = std::move(project->errors);
    if (app.stated.empty()) app.place = project->app.place;
    TakeUnder(app, project->app);
    // Of a name that cannot be one nothing can be built.
    if (app.name.empty() && app.stated.Has("name")) {
      for (Error& error : app.refusals) Fail(std::move(error));
    }
  }

  void CheckKv(const AppSettings& app) {
    for (const KvSettings& binding : app.kv) {
      const bool is_variable = HasVariable(app, binding.name);
      if (!is_variable && FindNamed(app.services, binding.name) == nullptr) continue;
      Fail(ErrorAt(binding.place,
                   "app '" + app.name + "' has both a KV namespace and a " +
                       (is_variable ? "variable" : "service") + " named '" + binding.name + "'",
                   "Rename one of them: the app finds both in `env`."));
    }
  }

  void CheckAssets(const AppSettings& app) {
    const std::string& binding = app.assets.binding;
    if (app.assets.directory.empty() || binding.empty()) return;
    const bool is_variable = HasVariable(app, binding);
    const bool is_service = FindNamed(app.services, binding) != nullptr;
    if (!is_variable && !is_service && FindNamed(app.kv, binding) == nullptr) return;
    Fail(ErrorAt(app.place,
                 "app '" + app.name + "' has its assets and " +
                     (is_variable  ? "a variable"
                      : is_service ? "a service"
                                   : "a KV namespace") +
                     " by the name '" + binding + "'",
                 "Rename one of them (`assets.binding`): the app finds both in `env`."));
  }

  void Fail(Error error) {
    failed_ = true;
    Tell(std::move(error));
  }

  std::vector<std::string> Files() const { return {files_.begin(), files_.end()}; }

  // The apps, once; fails with all that was wrong.
  Result<void> TakeInto(Config* config) {
    if (failed_) return Together(std::move(errors_));
    config->apps = std::move(apps_);
    config->files = Files();
    return {};
  }

 private:
  // A file whose list is being read.
  struct OpenList {
    std::string path;
    std::string listed;  // Its directory, as seen from the outermost list.
  };

  // Tells of something along with what makes the loading fail.
  void Tell(Error error) {
    // A file that two entries name is read twice.
    for (const Error& known : errors_) {
      if (known.where == error.where && known.message == error.message) return;
    }
    errors_.push_back(std::move(error));
  }

  // `base` is the listing file's directory.
  void AddEntry(const std::string& base, const AppSettings& defaults, const AppSettings& entry) {
    const std::string directory = Below(base, entry.path);
    const std::string listed = Below(open_.back().listed, entry.path);
    const Result<std::optional<std::string>> nested = Find(directory);
    if (!nested.ok()) return Fail(nested.error());
    if (purpose_ == Purpose::kBuild && !IsDirectory(directory)) {
      Tell(ErrorAt(entry.stated.PlaceOf("path"), "there is no such directory: " + directory,
                   "Check `path`, which is relative to this file."));
    }
    // `path: .` is the listing file's own directory.
    if (!nested->has_value() || IsSame(**nested, open_.back().path)) {
      return AddApp(directory, listed, Overlay(defaults, entry), entry);
    }
    for (const OpenList& open : open_) {
      if (IsSame(**nested, open.path)) {
        return Fail(ErrorAt(entry.stated.PlaceOf("path"),
                            **nested + " lists this file's apps, and this file its own"));
      }
    }
    const FileFields file = Read(**nested);
    if (!file.apps.has_value()) {
      const AppSettings own = Overlay(Overlay(defaults, file.defaults), file.self);
      return AddApp(directory, listed, Overlay(own, entry), entry);
    }
    if (const Place* other = entry.stated.FirstBut("path"); other != nullptr) {
      Fail(ErrorAt(*other, **nested + " lists several apps: only `path` is possible here",
                   "Move the other keys there."));
    }
    AddFile(**nested, file, defaults, listed);
  }

  // The name of one that has a wrong one is not compared.
  void CheckUnique(const AppSettings& app, bool misnamed) {
    const auto first = [](const Place& place) {
      return place.source == nullptr ? std::string()
                                     : "The other one is at " + place.ToString() + ".";
    };
    if (!misnamed) {
      const Place place = app.stated.Has("name") ? app.stated.PlaceOf("name") : app.place;
      const auto [name, fresh] = names_.emplace(app.name, place);
      if (!fresh) {
        Fail(ErrorAt(place, "two apps are named '" + app.name + "'",
                     first(name->second) + " Set `name` on one of them."));
      }
    }
    for (size_t i = 0; i < app.hosts.size(); ++i) {
      const Place& place = app.host_places[i];
      const auto [host, free] = hosts_.emplace(app.hosts[i], std::pair(app.name, place));
      if (!free) {
        Fail(ErrorAt(place,
                     "app '" + app.name + "' and app '" + host->second.first +
                         "' both claim host '" + app.hosts[i] + "'",
                     first(host->second.second)));
      }
    }
    if (!app.is_default) return;
    const Place place = app.stated.PlaceOf("default");
    if (default_.has_value()) {
      Fail(ErrorAt(
          place,
          "app '" + app.name + "' and app '" + default_->first + "' both claim to be the default",
          first(default_->second)));
    } else {
      default_.emplace(app.name, place);
    }
  }

  const Purpose purpose_;
  const WranglerOptions wrangler_;
  std::set<std::string> files_;  // That were read, or looked for.
  std::vector<Error> errors_;
  bool failed_ = false;  // By one of the errors at least.
  std::vector<AppSettings> apps_;
  std::map<std::string, Place> names_;
  std::map<std::string, std::pair<std::string, Place>> hosts_;
  std::optional<std::pair<std::string, Place>> default_;
  std::vector<OpenList> open_;  // Outermost first.
};

void TakeSettings(const std::string& path, FileFields&& file, Config* config) {
  config->path = path;
  config->server = std::move(file.server);
  config->build = std::move(file.build);
  config->lists_apps = file.apps.has_value();
  if (file.stated_build.Has("out")) {
    config->build.out = Below(DirectoryOf(path), config->build.out);
  }
  if (auto* socket = std::get_if<AdminAddress::Unix>(&config->server.admin.listen.place)) {
    socket->path = Below(DirectoryOf(path), socket->path);
  }
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

// Where a directory of the command line lies, as seen from a list in the working directory; one
// that is not below it is seen from none.
std::string ListedHere(const std::string& directory) {
  return directory.starts_with('/') || directory.starts_with("..") ? kHere : directory;
}

}  // namespace

Result<std::optional<std::string>> FindConfig(const std::string& directory) {
  const std::string path = Below(directory, kFileName);
  if (TRY(IsThere(path))) return std::optional<std::string>(path);
  const std::string almost = Below(directory, kMisnamed);
  const Result<bool> there = IsThere(almost);
  if (there.ok() && !*there) return std::optional<std::string>();
  return Error{"a configuration is named nano.yaml: this file would not be read", almost,
               "Rename it."};
}

Result<Config> LoadConfig(const std::string& path, Purpose purpose, std::vector<std::string>* files,
                          const WranglerOptions& wrangler) {
  Collector collector(purpose, wrangler);
  FileFields file = collector.Read(path);
  collector.AddFile(path, file, {}, kHere);
  if (files != nullptr) *files = collector.Files();
  Config config;
  TakeSettings(path, std::move(file), &config);
  TRY(collector.TakeInto(&config));
  return config;
}

Result<Config> LoadDirectories(const std::vector<std::string>& directories, bool reachable,
                               const WranglerOptions& wrangler) {
  Config config;
  Collector collector(Purpose::kBuild, wrangler);
  for (const std::string& given : directories) {
    const std::string directory = Below("", given);
    if (!IsDirectory(directory)) {
      collector.Fail({Exists(directory) ? "this is not a directory" : "no such directory", given,
                      "Name directories with an app or a nano.yaml."});
      continue;
    }
    const Result<std::optional<std::string>> path = collector.Find(directory);
    if (!path.ok()) {
      collector.Fail(path.error());
      continue;
    }
    if (!path->has_value()) {
      collector.AddApp(directory, ListedHere(directory), {});
      continue;
    }
    FileFields file = collector.Read(**path);
    collector.AddFile(**path, file, {}, ListedHere(directory));
    if (directories.size() == 1) TakeSettings(**path, std::move(file), &config);
  }
  TRY(collector.TakeInto(&config));
  if (reachable) TRY(CheckReachable(&config));
  return config;
}

}  // namespace nano::config

// Taking apps out of a list.
#include "compiler/project/named_apps.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/named.h"
#include "config/load.h"

namespace nano::compiler {
namespace {

namespace fs = std::filesystem;

fs::path Canonical(const std::string& path) {
  std::error_code failure;
  const fs::path canonical = fs::canonical(path, failure);
  return failure ? fs::path(path).lexically_normal() : canonical;
}

bool LiesIn(const fs::path& app, const fs::path& directory) {
  return std::mismatch(directory.begin(), directory.end(), app.begin(), app.end()).first ==
         directory.end();
}

// The list in the working directory; none if there is no file, or one of a single app.
Result<std::optional<config::Config>> ListHere(const config::WranglerOptions& wrangler) {
  const std::optional<std::string> file = TRY(config::FindConfig("."));
  if (!file) return std::optional<config::Config>();
  config::Config list = TRY(config::LoadConfig(*file, config::Purpose::kBuild, nullptr, wrangler));
  if (!list.lists_apps) return std::optional<config::Config>();
  return std::optional<config::Config>(std::move(list));
}

// The apps of a list that a directory stands for: those that lie in it. A folder with a file of its
// own may have a list of its own: it stands for the one app that it is.
Result<std::vector<const config::AppSettings*>> AppsOf(const std::string& directory,
                                                       const config::Config& list) {
  const bool has_own_file = TRY(config::FindConfig(directory)).has_value();
  const fs::path folder = Canonical(directory);
  std::vector<const config::AppSettings*> apps;
  for (const config::AppSettings& app : list.apps) {
    const fs::path path = Canonical(app.directory);
    if (has_own_file ? path == folder : LiesIn(path, folder)) apps.push_back(&app);
  }
  return apps;
}

// Adds apps that no list names to those of one.
Result<void> Join(config::Config& config, std::vector<config::AppSettings> others) {
  for (config::AppSettings& app : others) {
    if (FindNamed(config.apps, app.name) != nullptr) {
      return config::ErrorAt(app.place, "two apps are named '" + app.name + "'",
                             "Set `name` on one of them.");
    }
    config.apps.push_back(std::move(app));
  }
  return {};
}

}  // namespace

Result<config::Config> LoadNamedApps(const std::vector<std::string>& directories,
                                     const config::WranglerOptions& wrangler) {
  const fs::path here = Canonical(".");
  // Of those elsewhere the file here hardly speaks; its mistakes are none of theirs.
  const bool may_be_listed = std::any_of(directories.begin(), directories.end(), [&](auto& path) {
    return Canonical(path) != here && LiesIn(Canonical(path), here);
  });
  if (!may_be_listed) return config::LoadDirectories(directories, /*reachable=*/false, wrangler);
  const std::optional<config::Config> list = TRY(ListHere(wrangler));
  if (!list) return config::LoadDirectories(directories, /*reachable=*/false, wrangler);

  config::Config config = *list;
  config.apps.clear();
  config.lists_apps = false;
  std::vector<std::string> unlisted;
  for (const std::string& directory : directories) {
    const auto apps = TRY(AppsOf(directory, *list));
    if (apps.empty()) unlisted.push_back(directory);
    for (const config::AppSettings* app : apps) {
      if (FindNamed(config.apps, app->name) == nullptr) config.apps.push_back(*app);
    }
  }
  if (unlisted.empty()) return config;
  config::Config others = TRY(config::LoadDirectories(unlisted, /*reachable=*/false, wrangler));
  if (config.apps.empty()) return others;
  TRY(Join(config, std::move(others.apps)));
  return config;
}

}  // namespace nano::compiler

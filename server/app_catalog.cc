// Puts the dist, its checks and the configuration together. See app_catalog.h for ownership and
// threads.
#include "server/app_catalog.h"

#include <algorithm>
#include <utility>

#include "config/environment.h"
#include "runtime/identity.h"

namespace nano::server {
namespace {

const config::AppSettings* SettingsOf(const config::Config& config, const std::string& name) {
  const auto found = std::find_if(config.apps.begin(), config.apps.end(),
                                  [&](const auto& app) { return app.name == name; });
  return found == config.apps.end() ? nullptr : &*found;
}

}  // namespace

Result<AppCatalog> AppCatalog::Load(const std::string& dist, const config::Config& config) {
  Result<snapshot::Dist> loaded = snapshot::LoadDist(dist, runtime::CurrentIdentity());
  if (!loaded.ok()) return std::move(loaded).error();
  AppCatalog catalog;
  catalog.dist_ = std::move(loaded).value();

  const config::EnvironmentLookup environment = config::ProcessEnvironment();
  for (const auto& [entry, snapshot] : catalog.dist_.apps) {
    ServedApp app;
    app.name = entry.name;
    app.script_name = app.name + ".js";  // As compiler/bundler.h names it.
    app.hosts = entry.hosts;
    app.is_default = entry.is_default;
    app.memory_limit = entry.memory;
    if (snapshot.ok()) {
      app.image = (*snapshot)->Image(app.name);
    } else {
      app.refusal = snapshot.error().ToString();
    }
    if (const config::AppSettings* settings = SettingsOf(config, app.name)) {
      auto expanded = config::ExpandEnvironment(*settings, environment);
      if (!expanded.ok()) return std::move(expanded).error();
      app.env = std::move(expanded).value();
    }

    const VirtualHosts::App index = catalog.apps_.size();
    for (const std::string& host : app.hosts) {
      if (Result<void> added = catalog.hosts_.Add(host, index); !added.ok()) return added.error();
    }
    if (app.is_default) {
      if (Result<void> set = catalog.hosts_.SetDefault(index); !set.ok()) return set.error();
    }
    catalog.apps_.push_back(std::move(app));
  }

  for (const config::AppSettings& settings : config.apps) {
    const auto is_it = [&](const ServedApp& app) { return app.name == settings.name; };
    if (settings.implied || std::any_of(catalog.apps_.begin(), catalog.apps_.end(), is_it))
      continue;
    catalog.warnings_.push_back("the app '" + settings.name + "' of " + config.path +
                                " is not in " + dist + "; build it with `nanoc build`");
  }
  return catalog;
}

}  // namespace nano::server

// Puts apps and hosts together. See release.h for ownership and threads.
#include "server/release/release.h"

#include <algorithm>
#include <utility>

namespace nano::server {

Release::Release(uint64_t number, std::vector<ServedApp> apps)
    : number_(number), apps_(std::move(apps)) {
  std::sort(apps_.begin(), apps_.end(),
            [](const ServedApp& a, const ServedApp& b) { return a.name() < b.name(); });
  for (size_t i = 0; i < apps_.size(); ++i) {
    versions_.try_emplace(apps_[i].version->id, VersionOf{i, false});
    if (apps_[i].canary) versions_.try_emplace(apps_[i].canary->version->id, VersionOf{i, true});
  }
}

Result<std::shared_ptr<const Release>> Release::Make(uint64_t number, std::vector<ServedApp> apps) {
  std::shared_ptr<Release> release(new Release(number, std::move(apps)));
  for (VirtualHosts::App index = 0; index < release->apps_.size(); ++index) {
    const ServedApp& app = release->apps_[index];
    if (index > 0 && release->apps_[index - 1].name() == app.name()) {
      return Error{"two apps are called '" + app.name() + "'", {}, {}};
    }
    for (const std::string& host : app.hosts) TRY(release->hosts_.Add(host, index));
    if (app.is_default) TRY(release->hosts_.SetDefault(index));
  }
  return std::shared_ptr<const Release>(std::move(release));
}

const ServedApp* Release::Find(std::string_view name) const {
  const auto found = std::lower_bound(
      apps_.begin(), apps_.end(), name,
      [](const ServedApp& app, std::string_view wanted) { return app.name() < wanted; });
  return found == apps_.end() || found->name() != name ? nullptr : &*found;
}

std::shared_ptr<const AppVersion> Release::FindVersion(uint32_t id) const {
  const auto found = versions_.find(id);
  if (found == versions_.end()) return nullptr;
  const ServedApp& app = apps_[found->second.app];
  if (app.leaving) return nullptr;
  return found->second.is_canary ? app.canary->version : app.version;
}

std::shared_ptr<const AppVersion> Release::FindAnyVersion(uint32_t id) const {
  const auto found = versions_.find(id);
  if (found == versions_.end()) return nullptr;
  const ServedApp& app = apps_[found->second.app];
  return found->second.is_canary ? app.canary->version : app.version;
}

}  // namespace nano::server

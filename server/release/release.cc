// Puts apps and hosts together. See release.h for ownership and threads.
#include "server/release/release.h"

#include <algorithm>
#include <utility>

namespace nano::server {

Release::Release(uint64_t number, std::vector<ServedApp> apps)
    : number_(number), apps_(std::move(apps)) {
  std::sort(apps_.begin(), apps_.end(),
            [](const ServedApp& a, const ServedApp& b) { return a.name() < b.name(); });
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
  std::shared_ptr<const AppVersion> found;
  for (const ServedApp& app : apps_) {
    app.EachVersion([&](const std::shared_ptr<const AppVersion>& version) {
      if (version->id == id) found = version;
    });
    if (found) break;
  }
  return found;
}

}  // namespace nano::server

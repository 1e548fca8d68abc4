// Puts apps and hosts together. See release.h for ownership and threads.
#include "server/release/release.h"

#include <algorithm>
#include <utility>

namespace nano::server {
namespace {

// Says which app before the one at `index` has a host as well, if it is that.
Error ClaimedTwice(const std::vector<ServedApp>& apps, size_t index, const std::string& host,
                   Error error) {
  for (size_t other = 0; other < index; ++other) {
    const Hosts& hosts = apps[other].hosts;
    if (std::find(hosts.begin(), hosts.end(), host) == hosts.end()) continue;
    return {"app '" + apps[other].name() + "' and app '" + apps[index].name() +
                "' both claim host '" + host + "'",
            {},
            "One app answers for a host."};
  }
  return error;
}

}  // namespace

Release::Release(uint64_t number, std::vector<ServedApp> apps)
    : number_(number), apps_(std::move(apps)) {
  const auto by_name = [](const ServedApp& a, const ServedApp& b) { return a.name() < b.name(); };
  if (!std::is_sorted(apps_.begin(), apps_.end(), by_name)) {
    std::sort(apps_.begin(), apps_.end(), by_name);
  }
  versions_.reserve(apps_.size());
  for (uint32_t i = 0; i < apps_.size(); ++i) {
    versions_.push_back({apps_[i].version->id, i, false});
    if (apps_[i].canary) versions_.push_back({apps_[i].canary->version->id, i, true});
  }
  // Of one that is served as a canary of itself, the app's own goes first.
  std::stable_sort(versions_.begin(), versions_.end(),
                   [](const VersionOf& a, const VersionOf& b) { return a.id < b.id; });
}

Result<std::shared_ptr<const Release>> Release::Make(uint64_t number, std::vector<ServedApp> apps,
                                                     const Release* base) {
  std::shared_ptr<Release> release(new Release(number, std::move(apps)));
  if (base != nullptr && release->HasHostsOf(*base)) {
    release->hosts_ = base->hosts_;
  } else {
    TRY(release->FillHosts());
  }
  return std::shared_ptr<const Release>(std::move(release));
}

// Whether the same apps answer for the same hosts.
bool Release::HasHostsOf(const Release& other) const {
  return std::equal(apps_.begin(), apps_.end(), other.apps_.begin(), other.apps_.end(),
                    [](const ServedApp& a, const ServedApp& b) {
                      return (a.version == b.version || a.name() == b.name()) &&
                             a.hosts == b.hosts && a.is_default == b.is_default;
                    });
}

Result<void> Release::FillHosts() {
  auto hosts = std::make_shared<VirtualHosts>();
  hosts->Reserve(apps_.size());
  for (VirtualHosts::App index = 0; index < apps_.size(); ++index) {
    const ServedApp& app = apps_[index];
    if (index > 0 && apps_[index - 1].name() == app.name()) {
      return Error{"two apps are called '" + app.name() + "'", {}, {}};
    }
    for (const std::string& host : app.hosts) {
      Result<void> added = hosts->Add(host, index);
      if (!added.ok()) return ClaimedTwice(apps_, index, host, std::move(added).error());
    }
    if (app.is_default) TRY(hosts->SetDefault(index));
  }
  hosts_ = std::move(hosts);
  return {};
}

const ServedApp* Release::Find(std::string_view name) const {
  const auto found = PlaceOf(apps_, name);
  return found == apps_.end() || found->name() != name ? nullptr : &*found;
}

const Release::VersionOf* Release::Lookup(uint32_t id) const {
  const auto found = std::lower_bound(
      versions_.begin(), versions_.end(), id,
      [](const VersionOf& version, uint32_t wanted) { return version.id < wanted; });
  return found == versions_.end() || found->id != id ? nullptr : &*found;
}

const std::shared_ptr<const AppVersion>& Release::Share(const VersionOf& version) const {
  const ServedApp& app = apps_[version.app];
  return version.is_canary ? app.canary->version : app.version;
}

std::shared_ptr<const AppVersion> Release::FindVersion(uint32_t id) const {
  const VersionOf* found = Lookup(id);
  return found == nullptr || apps_[found->app].leaving ? nullptr : Share(*found);
}

std::shared_ptr<const AppVersion> Release::FindAnyVersion(uint32_t id) const {
  const VersionOf* found = Lookup(id);
  return found == nullptr ? nullptr : Share(*found);
}

}  // namespace nano::server

// A release: what the server serves, the apps with the version of each that new requests go to, and
// the hosts that they answer for.
//
// Immutable, counted and numbered. Whatever changes what is served makes the next one, which shares
// what stays with the one before: versions (server/release/app_version.h), lists of hosts, and the
// table of all hosts if none of them has changed. Made by the supervisor
// (release_loader.h); workers inherit it, or make the same from what the supervisor sends
// (release_codec.h). Safe to read on any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/values/cron.h"
#include "server/release/app_terms.h"
#include "server/release/app_version.h"
#include "server/release/canary.h"
#include "server/release/virtual_hosts.h"

namespace nano::server {

// An app's hosts, canonical (config/values/host_pattern.h). Copies share one list.
class Hosts {
 public:
  Hosts(std::vector<std::string> list = {})  // NOLINT: as good as the list.
      : list_(std::make_shared<const std::vector<std::string>>(std::move(list))) {}
  Hosts(std::initializer_list<std::string> list) : Hosts(std::vector<std::string>(list)) {}

  const std::vector<std::string>& list() const { return *list_; }
  auto begin() const { return list_->begin(); }
  auto end() const { return list_->end(); }
  size_t size() const { return list_->size(); }
  bool empty() const { return list_->empty(); }
  const std::string& front() const { return list_->front(); }
  bool operator==(const Hosts& other) const {
    return list_ == other.list_ || *list_ == *other.list_;
  }

 private:
  std::shared_ptr<const std::vector<std::string>> list_;
};

struct ServedApp {
  std::shared_ptr<const AppVersion> version;
  AppTerms terms;  // Of the canary as well.
  Hosts hosts;
  bool is_default = false;  // Answers for hosts that no app names.
  // It was removed, and finishes what it has under way: new requests are refused.
  bool leaving = false;
  std::optional<Canary> canary;
  // Of the workers that run it (server/release/groups.h); empty: those that serve all.
  std::string group;
  // When its `scheduled` is called. The supervisor's business: workers are not told.
  std::vector<config::CronExpression> crons{};

  const std::string& name() const { return version->name; }
  // Of the versions that its requests go to: calls with each.
  template <typename Visit>
  void EachVersion(Visit visit) const {
    if (leaving) return;
    visit(version);
    if (canary) visit(canary->version);
  }
  bool operator==(const ServedApp&) const = default;  // Versions are the same if they are one.
};

// What is the same in both costs a comparison; the rest is visited: calls with an app as it was and
// as it is, one of them null if it was added or is gone. Both lists are in the order of names.
template <typename Visit>
void ForEachChange(const std::vector<ServedApp>& before, const std::vector<ServedApp>& after,
                   Visit&& visit) {
  auto old = before.begin();
  auto now = after.begin();
  while (old != before.end() || now != after.end()) {
    const int order = old == before.end()  ? 1
                      : now == after.end() ? -1
                                           : old->name().compare(now->name());
    if (order != 0 || !(*old == *now)) {
      visit(order <= 0 ? &*old : nullptr, order >= 0 ? &*now : nullptr);
    }
    if (order <= 0) ++old;
    if (order >= 0) ++now;
  }
}

// Where an app of this name is in a list in the order of names, or would be.
template <typename List>
auto PlaceOf(List& apps, std::string_view name) {
  return std::lower_bound(
      apps.begin(), apps.end(), name,
      [](const ServedApp& app, std::string_view wanted) { return app.name().compare(wanted) < 0; });
}

class Release {
 public:
  // `base`, or null, is one whose table of hosts may be shared. Errors: two apps of one name, of
  // one host, or both the default one.
  static Result<std::shared_ptr<const Release>> Make(uint64_t number, std::vector<ServedApp> apps,
                                                     const Release* base = nullptr);
  Release(const Release&) = delete;
  Release& operator=(const Release&) = delete;

  uint64_t number() const { return number_; }  // From 1.
  // In the order of their names.
  const std::vector<ServedApp>& apps() const { return apps_; }
  // Null: there is no such app.
  const ServedApp* Find(std::string_view name) const;
  // Null: requests go to no such version.
  std::shared_ptr<const AppVersion> FindVersion(uint32_t id) const;
  // Those of apps that are leaving too. Null: no app has such a version.
  std::shared_ptr<const AppVersion> FindAnyVersion(uint32_t id) const;
  // Finds indices of apps().
  const VirtualHosts& hosts() const { return *hosts_; }

 private:
  struct VersionOf {
    uint32_t id;
    uint32_t app;  // Index of apps_.
    bool is_canary;
  };

  Release(uint64_t number, std::vector<ServedApp> apps);
  const VersionOf* Lookup(uint32_t id) const;
  const std::shared_ptr<const AppVersion>& Share(const VersionOf& version) const;
  bool HasHostsOf(const Release& other) const;
  Result<void> FillHosts();

  const uint64_t number_;
  std::vector<ServedApp> apps_;
  std::vector<VersionOf> versions_;  // In the order of their ids.
  std::shared_ptr<const VirtualHosts> hosts_;
};

// Of two releases; `before` may be null: all apps are new then.
template <typename Visit>
void ForEachChange(const Release* before, const Release& after, Visit&& visit) {
  static const std::vector<ServedApp> none;
  ForEachChange(before == nullptr ? none : before->apps(), after.apps(), visit);
}

}  // namespace nano::server

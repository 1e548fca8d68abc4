// A release: what the server serves, the apps with the version of each that new requests go to, and
// the hosts that they answer for.
//
// Immutable, counted and numbered. Whatever changes what is served makes the next one, which shares
// the versions that stay with the one before (server/release/app_version.h). Made by the supervisor
// (release_loader.h); workers inherit it, or make the same from what the supervisor sends
// (release_codec.h). Safe to read on any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "server/release/app_version.h"
#include "server/release/canary.h"
#include "server/release/virtual_hosts.h"

namespace nano::server {

struct ServedApp {
  std::shared_ptr<const AppVersion> version;
  std::vector<std::string> hosts;  // Canonical (config/values/host_pattern.h).
  bool is_default = false;         // Answers for hosts that no app names.
  // It was removed, and finishes what it has under way: new requests are refused.
  bool leaving = false;
  std::optional<Canary> canary;

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

class Release {
 public:
  // Errors: two apps of one name, of one host, or both the default one.
  static Result<std::shared_ptr<const Release>> Make(uint64_t number, std::vector<ServedApp> apps);
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
  const VirtualHosts& hosts() const { return hosts_; }

 private:
  struct VersionOf {
    size_t app;  // Index of apps_.
    bool is_canary;
  };

  Release(uint64_t number, std::vector<ServedApp> apps);

  const uint64_t number_;
  std::vector<ServedApp> apps_;
  std::unordered_map<uint32_t, VersionOf> versions_;  // By their ids.
  VirtualHosts hosts_;
};

}  // namespace nano::server

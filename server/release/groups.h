// Groups of worker processes: which apps a process runs. The workers that accept connections have
// no name and run all apps that ask for nothing else; every group besides is named, and has a
// process of its own to which those hand over connections (server/groups/).
//
// Owns nothing. Thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/schema/app.h"
#include "server/release/release.h"

namespace nano::server {

// Beside the workers that serve all: each is a process with an engine of its own, some tens of
// megabytes.
inline constexpr size_t kMaxGroups = 64;

// What an app says; of one that has a process of its own, "app:NAME", which no file can name.
std::string GroupOf(const config::AppSettings& app);

// What `isolation` says of an app in a group: "shared", "worker" or "process". Of GroupOf's names.
std::string_view IsolationIn(std::string_view group);
// The same with the group, where there is one to name: "worker (group blue)".
std::string IsolationWords(std::string_view group);

// All groups that the apps are in, but for those that are leaving.
std::set<std::string> GroupsOf(const std::vector<ServedApp>& apps);

// Fails if there are more than kMaxGroups.
Result<void> CheckGroups(const std::vector<ServedApp>& apps);

// Which apps a worker runs.
class Membership {
 public:
  // Those of a group; by an empty name, those that are in none.
  static Membership Of(std::string group) { return Membership(std::move(group)); }
  // All there are: of a probe.
  static Membership OfAll() { return Membership(std::nullopt); }

  bool Has(const ServedApp& app) const { return !group_ || *group_ == app.group; }

 private:
  explicit Membership(std::optional<std::string> group) : group_(std::move(group)) {}

  std::optional<std::string> group_;
};

}  // namespace nano::server

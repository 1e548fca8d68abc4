// What an app was built with, and what it is given by whoever serves it.
//
// Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "base/named.h"
#include "config/config.h"
#include "server/release/stored_state.h"
#include "snapshot/manifest.h"

namespace nano::server {

// Those of the names that are not among what an app is given.
template <typename Given>
std::vector<std::string> NotGiven(const std::vector<std::string>& names,
                                  const std::vector<Given>& given) {
  std::vector<std::string> missing;
  for (const std::string& name : names) {
    if (FindNamed(given, name) == nullptr) missing.push_back(name);
  }
  return missing;
}

// What `settings`, and the secrets of `changes` (or null), do not give the app, by its keys:
// "env.TOKEN". Whom it may call is among it: a file in the app's own directory may have said that,
// which is not there in production.
std::vector<std::string> NeededBy(const snapshot::ManifestApp& entry,
                                  const config::AppSettings& settings, const StoredApp* changes);

// Whether the app has less memory than its build was tried with.
bool HasLessMemory(const snapshot::ManifestApp& entry, const config::AppSettings& settings);

// Says which of an app's limits means less than it says, because the server's own is narrower;
// empty: none. `server` as nano.yaml has it.
std::string BodyWithoutEffect(const config::AppSettings& app, const config::ServerSettings& server);

// Says that an app names a group that it is not in, for want of `isolation: worker`; empty: none.
std::string GroupWithoutEffect(const config::AppSettings& app);

}  // namespace nano::server

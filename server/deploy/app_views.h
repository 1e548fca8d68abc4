// Releases as those see them who operate the server: no secret's value is in what this makes.
//
// Owns nothing. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/deploy/views.h"
#include "server/release/release.h"
#include "server/release/stored_state.h"

namespace nano::server {

// When versions were first given requests, by their ids; milliseconds since 1970.
using VersionTimes = std::unordered_map<uint32_t, int64_t>;

// `stored` is what was changed of the app through the API, or null. `salt` makes etags that tell
// nothing of the secrets that they depend on.
AppView ViewOf(const ServedApp& app, const StoredApp* stored, const VersionTimes& times,
               const std::string& salt);

// Of all apps.
std::vector<AppView> ViewsOf(const Release& release, const StoredState& state,
                             const VersionTimes& times, const std::string& salt);

}  // namespace nano::server

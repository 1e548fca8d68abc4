// Loads what is to be served: the apps of a dist, as a configuration says.
//
// Who serves decides: hosts, default, limits, variables, services and calls to others of the apps
// that a configuration names are those of the configuration, and apps that it does not name are not
// served. What was built counts without a configuration, and for what a configuration leaves out of
// an app whose directory is not there. An entry for a list that is not there names the apps that
// were built from it.
//
// Owns nothing. Thread: the supervisor's main one. Blocks, about a millisecond for each megabyte of
// snapshots that are not mapped already.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "server/release/release.h"

namespace nano::server {

// Counts the versions of a server.
class VersionIds {
 public:
  uint32_t Next() { return ++last_; }

 private:
  uint32_t last_ = 0;
};

// What Release::Make takes, and what else there is to know.
struct LoadedRelease {
  std::vector<ServedApp> apps;
  std::vector<std::string> warnings;  // What is odd, but no reason not to serve.
};

// Loads and checks `dist`, and expands the variables that `config` gives its apps. An app whose
// version is the one in `base` (or null), by each of its bytes, has that very version. An app whose
// snapshot fails its checks is there with a `refusal`. Errors: there is no dist, or its manifest is
// damaged; a variable of a served app is not set; what the app was built with and requires is not
// given; a proxy or a file of authorities that is none; a service that is no app of the release; no
// app can be served.
Result<LoadedRelease> LoadRelease(const std::string& dist, const config::Config& config,
                                  const Release* base, VersionIds& ids);

}  // namespace nano::server

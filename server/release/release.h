// A release: what the server serves, the apps of a dist with their variables, and which hosts they
// answer for.
//
// Who serves decides: hosts, default, limits, variables, services and calls to others of the apps
// that a configuration names are those of the configuration, and apps that it does not name are not
// served. What was built counts without a configuration, and for what a configuration leaves out of
// an app whose directory is not there. An entry for a list that is not there names the apps that
// were built from it.
//
// Owns the mapped snapshots. Immutable and counted: whoever serves an app of it has a share, so
// that it lives as long as anything that was booted from it, whatever is served meanwhile. Made by
// the supervisor before the workers, who inherit it, mappings included; safe to read on any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "runtime/image.h"
#include "server/outbound/client_settings.h"
#include "server/release/virtual_hosts.h"
#include "snapshot/dist.h"

namespace nano::server {

// An app that another one may call.
struct Service {
  std::string name;  // In the other one's `env`.
  size_t app = 0;    // An index of apps().
};

struct ServedApp {
  std::string name;
  std::vector<std::string> hosts;  // Canonical (config/values/host_pattern.h).
  bool is_default = false;         // Answers for hosts that no app names.
  runtime::AppImage image;
  std::string script_name;  // What stacks call its bundle.
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<Service> services;
  ClientSettings outbound;
  config::AppLimits limits;
  std::string refusal;  // Why the snapshot is not served, with place and remedy; usually empty.
};

class Release {
 public:
  // Loads and checks `dist`, and expands the variables that `config` gives its apps. An app whose
  // snapshot fails its checks is in the release with a `refusal`. Errors: there is no dist, or its
  // manifest is damaged; a variable of a served app is not set; what the app was built with and
  // requires is not given; a proxy or a file of authorities that is none; a service that is no app
  // of the release; no app can be served.
  static Result<std::shared_ptr<const Release>> Load(const std::string& dist,
                                                     const config::Config& config);
  Release(const Release&) = delete;
  Release& operator=(const Release&) = delete;

  const std::vector<ServedApp>& apps() const { return apps_; }
  // Finds indices of apps().
  const VirtualHosts& hosts() const { return hosts_; }
  // What is odd, but no reason not to start.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  class Loader;

  explicit Release(snapshot::Dist dist) : dist_(std::move(dist)) {}

  const snapshot::Dist dist_;
  std::vector<ServedApp> apps_;
  VirtualHosts hosts_;
  std::vector<std::string> warnings_;
};

}  // namespace nano::server

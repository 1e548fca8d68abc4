// Default hosts.
#include "config/default_hosts.h"

#include <algorithm>
#include <string>

#include "config/values/host_pattern.h"

namespace nano::config {

Result<void> AssignDefaultHosts(std::vector<AppSettings>& apps) {
  for (AppSettings& app : apps) {
    if (!app.hosts.empty() || app.is_default) continue;
    if (apps.size() == 1) {
      app.is_default = true;
      continue;
    }
    const auto unreachable = [&](const std::string& why) {
      return ErrorAt(app.place, "no request would reach app '" + app.name + "': " + why,
                     "Give it `hosts`, or make it the default one by `default: true`.");
    };
    const Result<std::string> host = ParseHostPattern(app.name + ".localhost");
    if (!host.ok()) return unreachable("it has no hosts, and its name cannot be a part of one");
    for (const AppSettings& other : apps) {
      if (std::find(other.hosts.begin(), other.hosts.end(), *host) != other.hosts.end()) {
        return unreachable("it has no hosts, and " + *host + " belongs to app '" + other.name +
                           "'");
      }
    }
    app.hosts.push_back(*host);
  }
  return {};
}

}  // namespace nano::config

// Compares what was built with what is given. See requirements.h for ownership and threads.
#include "server/release/requirements.h"

namespace nano::server {

std::vector<std::string> NeededBy(const snapshot::ManifestApp& entry,
                                  const config::AppSettings& settings, const StoredApp* changes) {
  std::vector<std::string> needed;
  for (const std::string& name : NotGiven(entry.required_env, settings.env)) {
    const auto* secret = changes == nullptr ? nullptr : FindNamed(changes->secrets, name);
    if (secret == nullptr || !secret->value) needed.push_back("env." + name);
  }
  for (const std::string& name : NotGiven(entry.services, settings.services)) {
    needed.push_back("services." + name);
  }
  if (entry.restricted && !settings.stated.Has("outbound")) needed.emplace_back("outbound");
  return needed;
}

}  // namespace nano::server

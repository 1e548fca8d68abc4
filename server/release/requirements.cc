// Compares what was built with what is given. See requirements.h for ownership and threads.
#include "server/release/requirements.h"

#include "config/yaml/units.h"

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
  for (const auto& [name, space] : entry.kv) {
    if (FindNamed(settings.kv, name) == nullptr) needed.push_back("kv." + name);
  }
  if (entry.restricted && !settings.stated.Has("outbound")) needed.emplace_back("outbound");
  return needed;
}

bool HasLessMemory(const snapshot::ManifestApp& entry, const config::AppSettings& settings) {
  // 0 is no limit.
  const auto is_less = [](uint64_t served, uint64_t built) {
    return served != 0 && served < built;
  };
  return is_less(settings.limits.memory, entry.limits.memory) ||
         is_less(settings.limits.external_memory, entry.limits.external_memory);
}

std::string BodyWithoutEffect(const config::AppSettings& app,
                              const config::ServerSettings& server) {
  const uint64_t bound = server.limits.body_bytes;
  if (bound == 0 || app.limits.body <= bound) return {};
  return "the app '" + app.name + "' has `limits.body: " + config::FormatSize(app.limits.body) +
         "`, but clients' requests may bring no more than " + config::FormatSize(bound) +
         " (`server.limits.body_bytes`): more is for calls of other apps alone";
}

std::string GroupWithoutEffect(const config::AppSettings& app) {
  const config::IsolationSettings& said = app.isolation;
  static const config::IsolationSettings usual;
  if (said.group == usual.group || said.isolation == config::kGroupWorker) return {};
  return "the app '" + app.name + "' has `group: " + said.group +
         "` without `isolation: worker`, which means nothing: it runs in " +
         (said.isolation == config::kOwnProcess ? "a process of its own" : "the workers of all");
}

}  // namespace nano::server

// The rules of dist_plan.h.
#include "compiler/build/dist_plan.h"

#include <algorithm>

#include "base/named.h"
#include "config/default_hosts.h"
#include "config/environment.h"

namespace nano::compiler {
namespace {

Result<void> CheckReach(const config::AppSettings& app, const ManifestApp& other) {
  const auto claims = [&](const std::string& what) {
    return config::ErrorAt(app.place,
                           "app '" + app.name + "' and app '" + other.name +
                               "', which is in the dist already, both claim " + what,
                           "Change one of them and build it, or choose another directory by --out. "
                           "--prune would take all that is not built now out of the dist.");
  };
  for (const std::string& host : app.hosts) {
    if (std::find(other.hosts.begin(), other.hosts.end(), host) != other.hosts.end()) {
      return claims("host '" + host + "'");
    }
  }
  if (app.is_default && other.is_default) return claims("to be the default");
  return {};
}

// What nano.yaml says of an app, apart from its snapshot.
ManifestApp EntryOf(const config::AppSettings& settings) {
  ManifestApp entry{.name = settings.name,
                    .hosts = settings.hosts,
                    .is_default = settings.is_default,
                    .digest = {},
                    .limits = settings.limits,
                    .deployment = settings.deployment,
                    .triggers = settings.triggers,
                    .lists = settings.lists,
                    .config = settings.carried};
  for (const config::EnvironmentVariable& variable : settings.env) {
    (config::NeedsEnvironment(variable) ? entry.required_env : entry.optional_env)
        .push_back(variable.name);
  }
  for (const config::ServiceBinding& service : settings.services) {
    entry.services.push_back(service.name);
  }
  for (const config::KvSettings& binding : settings.kv) {
    entry.kv.emplace_back(binding.name, binding.space);
  }
  const config::OutboundSettings& outbound = settings.outbound;
  entry.restricted = outbound.none || !outbound.allow.empty() || !outbound.deny.empty();
  return entry;
}

void TakeSnapshot(ManifestApp& entry, const ManifestApp& from) {
  entry.digest = from.digest;
  entry.bytes = from.bytes;
}

}  // namespace

Result<void> AssignHosts(std::vector<config::AppSettings>& apps,
                         const std::vector<ManifestApp>& present, bool whole) {
  if (whole) return config::AssignDefaultHosts(apps);
  const size_t built = apps.size();
  std::vector<config::AppSettings> company = apps;
  for (config::AppSettings& app : company) {
    const ManifestApp* before = FindNamed(present, app.name);
    // One that was alone when it was built answers for every host.
    const bool was_sole = before != nullptr && before->hosts.empty() && before->is_default;
    if (was_sole && app.hosts.empty()) app.is_default = true;
  }
  for (const ManifestApp& other : present) {
    if (FindNamed(apps, other.name) != nullptr) continue;
    for (size_t i = 0; i < built; ++i) {
      TRY(CheckReach(company[i], other));
    }
    config::AppSettings& neighbour = company.emplace_back();
    neighbour.name = other.name;
    neighbour.hosts = other.hosts;
    neighbour.is_default = other.is_default || other.hosts.empty();
  }
  TRY(config::AssignDefaultHosts(company));
  company.resize(built);
  apps = std::move(company);
  return {};
}

DistPlan PlanDist(const std::vector<config::AppSettings>& built,
                  const std::vector<AppResult>& results, const std::vector<ManifestApp>& stored,
                  const std::vector<ManifestApp>& present, bool whole) {
  DistPlan plan;
  for (size_t i = 0; i < built.size(); ++i) {
    ManifestApp entry = EntryOf(built[i]);
    if (results[i].ok()) {
      TakeSnapshot(entry, stored[i]);
    } else if (const ManifestApp* before = FindNamed(present, built[i].name)) {
      TakeSnapshot(entry, *before);
      plan.changes.stale.push_back(entry.name);
    } else {
      continue;
    }
    plan.apps.push_back(std::move(entry));
  }
  for (const ManifestApp& other : present) {
    if (FindNamed(built, other.name) != nullptr) continue;
    if (whole) {
      plan.changes.removed.push_back(other.name);
    } else {
      plan.changes.kept.push_back(other.name);
      plan.apps.push_back(other);
    }
  }
  return plan;
}

}  // namespace nano::compiler

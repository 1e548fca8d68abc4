// What becomes of the apps that a dist holds already when some are built into it: which are
// replaced, kept and taken out. Owns nothing. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/report/app_result.h"
#include "config/config.h"
#include "snapshot/manifest.h"

namespace nano::compiler {

using snapshot::ManifestApp;

// The app of that name; null: there is none.
const ManifestApp* FindApp(const std::vector<ManifestApp>& apps, const std::string& name);

// Gives hosts to apps that have none, as config::AssignDefaultHosts does, in the company of the
// apps of a dist: one that has answered for every host goes on to. Fails if an app wants what one
// that is kept has, unless all that is not built is taken out (`whole`).
Result<void> AssignHosts(std::vector<config::AppSettings>& apps,
                         const std::vector<ManifestApp>& present, bool whole);

struct DistPlan {
  std::vector<ManifestApp> apps;     // Of the new manifest.
  std::vector<std::string> kept;     // Not built now, and left as they are.
  std::vector<std::string> removed;  // Not built now, and taken out.
  std::vector<std::string> stale;    // Failed; their last versions stay.
};

// `results` are those of `built`, with the digest and size of each snapshot in the same place of
// `stored`; what failed has none there.
DistPlan PlanDist(const std::vector<config::AppSettings>& built,
                  const std::vector<AppResult>& results, const std::vector<ManifestApp>& stored,
                  const std::vector<ManifestApp>& present, bool whole);

}  // namespace nano::compiler

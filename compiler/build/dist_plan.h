// What becomes of the apps that a dist holds already when some are built into it: which are
// replaced, kept and taken out. Owns nothing. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/report/app_result.h"
#include "compiler/report/report.h"
#include "config/config.h"
#include "snapshot/manifest.h"

namespace nano::compiler {

using snapshot::ManifestApp;

// Gives hosts to apps that have none, as config::AssignDefaultHosts does, in the company of the
// apps of a dist: one that has answered for every host goes on to. Fails if an app wants what one
// that is kept has, unless all that is not built is taken out (`whole`).
Result<void> AssignHosts(std::vector<config::AppSettings>& apps,
                         const std::vector<ManifestApp>& present, bool whole);

struct DistPlan {
  std::vector<ManifestApp> apps;  // Of the new manifest.
  DistChanges changes;
};

// `results` are those of `built`, with the digest and size of each snapshot in the same place of
// `stored`; what failed has none there.
DistPlan PlanDist(const std::vector<config::AppSettings>& built,
                  const std::vector<AppResult>& results, const std::vector<ManifestApp>& stored,
                  const std::vector<ManifestApp>& present, bool whole);

}  // namespace nano::compiler

// A dist before and after a build: which apps are in it, and putting those that were built there.
// Owns nothing between calls; blocks. Thread: the process's only one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/build/dist_plan.h"
#include "compiler/report/app_result.h"
#include "compiler/report/report.h"
#include "config/config.h"

namespace nano::compiler {

struct PresentApps {
  std::vector<ManifestApp> apps;
  bool is_foreign = false;  // Built by another version of NANO, which this one's does not serve.
};

// The apps that are in a dist; none if there is no dist. One that cannot be read is no matter if
// nothing of it is kept (`whole`).
Result<PresentApps> ReadPresentApps(const std::string& dist, bool whole);

// What is to be told of an app, or of all of them ("").
using Warn = std::function<void(const std::string& app, const Error& warning)>;

// Puts the apps that were built into the dist of `config`, whose apps get the hosts that they have
// now; `results` are theirs, in their order. What is not built now stays or, if it is `whole`, is
// taken out. On failure the dist is as it was.
Result<DistChanges> UpdateDist(config::Config& config, const std::vector<AppResult>& results,
                               bool whole, const Warn& warn);

}  // namespace nano::compiler

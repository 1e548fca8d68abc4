// Views of the deployments as the API's JSON; Schemas() (schemas.h) says what that is. Pure
// functions; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/json.h"
#include "server/deploy/views.h"

namespace nano::server::admin {

// "2026-01-31T14:03:07.123Z"; null for 0.
Json TimeJson(int64_t milliseconds);

Json AppJson(const AppView& app);
Json VersionJson(const VersionView& version);
Json KeptVersionJson(const KeptVersion& version);
Json DifferenceJson(const AppDifference& difference);
// But for the unchanged ones.
Json ChangesJson(const std::vector<AppDifference>& differences);
Json ReleaseJson(const ReleaseView& release);
Json WorkerJson(const WorkerView& worker, const WorkerLoad* load);
Json LoadJson(const VersionLoad& load);
Json OperationJson(const OperationView& operation);

}  // namespace nano::server::admin

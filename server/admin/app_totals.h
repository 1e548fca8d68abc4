// What was counted of an app since the server's start, in all processes, those that have ended
// included, as JSON.
//
// Owns nothing. Thread: the supervisor's loop.
#pragma once

#include <string>

#include "base/json.h"
#include "server/metrics/app_metrics.h"

namespace nano::server::admin {

Json TotalsJson(const std::string& app, const AppMetrics& metrics);

}  // namespace nano::server::admin

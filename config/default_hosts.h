// The hosts of apps that nobody gave any, the same when they are built and when they are served.
// Owns nothing. Thread-safe.
#pragma once

#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace nano::config {

// A sole app answers for every host. Of several, an app that has no hosts and is not the default
// one answers for NAME.localhost, which browsers and curl resolve to their own machine. Fails if
// that is no host, or another app's.
Result<void> AssignDefaultHosts(std::vector<AppSettings>& apps);

}  // namespace nano::config

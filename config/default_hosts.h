// The hosts of apps that nobody gave any. Owns nothing. Thread-safe.
#pragma once

#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace nano::compiler {

// A sole app answers for every host. Of several, an app that has no hosts and is not the default
// one answers for NAME.localhost, which browsers and curl resolve to their own machine. Fails if
// that is no host, or another app's.
Result<void> AssignDefaultHosts(std::vector<config::AppSettings>& apps);

}  // namespace nano::compiler

// The KV namespaces of an app's settings, as a version has them. Thread-safe if the lookup is.
#pragma once

#include <vector>

#include "base/result.h"
#include "config/environment.h"
#include "config/schema/app.h"
#include "config/schema/server.h"
#include "server/release/app_version.h"

namespace nano::server {

// Errors have the places of the URLs that are wrong.
Result<std::vector<KvBinding>> KvBindingsOf(const config::AppSettings& settings,
                                            const config::ServerSettings& server,
                                            const config::EnvironmentLookup& lookup);

}  // namespace nano::server

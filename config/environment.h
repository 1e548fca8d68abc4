// The environment variables of apps, as they are when the apps are served. How a value is written:
// config/values/template.h. Owns nothing. Thread-safe if the lookup is.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/schema/app.h"
#include "config/values/template.h"

namespace nano::config {

// Looks variables up in this process.
EnvironmentLookup ProcessEnvironment();

// Whether a variable takes anything from the environment, and whether it needs something there.
bool TakesEnvironment(const EnvironmentVariable& variable);
bool NeedsEnvironment(const EnvironmentVariable& variable);

// Expands all variables of an app, as name and value. Errors have the place of the entry, and are
// told together.
Result<std::vector<std::pair<std::string, std::string>>> ExpandEnvironment(
    const AppSettings& app, const EnvironmentLookup& lookup);

// The same of those that it has while it is built.
Result<std::vector<std::pair<std::string, std::string>>> ExpandBuildEnvironment(
    const AppSettings& app, const EnvironmentLookup& lookup);

}  // namespace nano::config

// The configuration of a build whose apps are named by their directories. Owns nothing; reads
// files. Thread: any.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "config/wrangler/settings.h"

namespace nano::compiler {

// The apps of some directories, relative to the working directory. If a nano.yaml there lists apps,
// those of them that lie in the directories have the settings that it gives them, and its `build`
// counts; others are loaded as config::LoadDirectories does. Errors: those of both ways.
Result<config::Config> LoadNamedApps(const std::vector<std::string>& directories,
                                     const config::WranglerOptions& wrangler = {});

}  // namespace nano::compiler

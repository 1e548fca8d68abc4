// Whether the entry points that apps of a build call by their services are there. Blocks. Thread:
// any.
#pragma once

#include <vector>

#include "compiler/report/app_result.h"
#include "config/config.h"

namespace nano::compiler {

// Adds a warning to the result of each app, in the order of `apps`, that names an entry point which
// another one of the build does not export.
void CheckServices(const std::vector<config::AppSettings>& apps, std::vector<AppResult>& results);

}  // namespace nano::compiler

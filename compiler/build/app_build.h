// The build of one app, step by step: entry → bundle → snapshot → container → verification.
// Runs in a process of its own, which the build of all apps forked, so that apps are built side by
// side without threads. Blocks.
#pragma once

#include <functional>
#include <string_view>

#include "compiler/process/step_context.h"
#include "compiler/report/app_result.h"
#include "config/config.h"

namespace nano::compiler {

// What to say while a step runs: "bundling".
using StepReporter = std::function<void(std::string_view)>;

AppResult BuildApp(const config::AppSettings& app, const BuildContext& context,
                   std::chrono::milliseconds timeout, const StepReporter& report);

}  // namespace nano::compiler

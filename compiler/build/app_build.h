// The build of one app, step by step: entry → bundle → snapshot → container → verification.
// Runs in a process of its own, which the build of all apps forked, so that apps are built side by
// side without threads. Blocks. Thread: that process's only one.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/cache/build_cache.h"
#include "compiler/process/step_context.h"
#include "compiler/report/app_result.h"
#include "config/config.h"

namespace nano::compiler {

// How an app is built. What it refers to outlives the build.
struct BuildContext {
  StepContext step;
  std::chrono::milliseconds timeout;  // What `step.deadline` is made of.
  const BuildCache& cache;            // One that is not enabled keeps nothing.
  bool rebuild = false;               // What is in the cache is not used.
  std::vector<std::string>
      own{};  // Paths that no app serves: where the build goes, and what says so.
};

// What to say while a step runs: "bundling".
using StepReporter = std::function<void(std::string_view)>;

AppResult BuildApp(const config::AppSettings& app, const BuildContext& context,
                   const StepReporter& report);

}  // namespace nano::compiler

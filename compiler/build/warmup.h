// An app's warm-up requests: as the runtime wants them, and what is told of their answers. Owns
// nothing. Thread: any.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/build/app_heap.h"
#include "compiler/bundle/bundler.h"
#include "compiler/evaluate/evaluator.h"
#include "compiler/evaluate/verifier.h"
#include "config/config.h"
#include "runtime/snapshot_builder.h"

namespace nano::compiler {

std::vector<runtime::SampleRequest> WarmupRequests(const config::AppSettings& app);

// The request that a snapshot is verified with: the first of `warmup`, else one for "/".
runtime::SampleRequest FirstRequest(const config::AppSettings& app);

// What went wrong with warm-up requests: not fatal, the app may need its `env` for them. Takes
// what is told here out of the log.
std::vector<Error> WarmupWarnings(const config::AppSettings& app, const Bundle& bundle,
                                  const AppHeap& heap,
                                  const std::vector<runtime::WarmupOutcome>& outcomes,
                                  std::vector<LogLine>& log);

Error SkippedWarning(const config::AppSettings& app, const SkippedWarmup& skipped);

// Why the first request failed; empty if it did not, or if a warning says so already.
std::string FirstProblem(const config::AppSettings& app, const Verification& verified,
                         const Bundle& bundle, const std::vector<Error>& warnings);

}  // namespace nano::compiler

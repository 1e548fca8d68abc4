// Why an app's code could not become a snapshot, in words for the person who wrote it: where in the
// sources, what is wrong, what to do. Owns nothing; may evaluate the app again to find the place.
// Blocks. Thread: the process's only one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "compiler/bundle/bundler.h"
#include "compiler/evaluate/evaluator.h"
#include "compiler/process/step_context.h"
#include "runtime/snapshot_builder.h"

namespace nano::compiler {

struct FailedApp {
  const StepContext& context;
  const EntryPoint& entry;
  const Bundle& bundle;
  const std::vector<runtime::SampleRequest>& warmup;
  std::chrono::milliseconds timeout;  // What the build was given.
};

// The script said why.
Error ExplainFailure(const FailedApp& app, const runtime::ScriptFailure& failure);

// Why the app is evaluated at its first request instead (compiler/evaluate/deferred_app.h), as a
// warning.
Error ExplainDeferral(const FailedApp& app, const runtime::Observation& reason);

// The child died: V8 aborted it, or its time was up.
Error ExplainDeath(const FailedApp& app, const ChildDeath& death);

}  // namespace nano::compiler

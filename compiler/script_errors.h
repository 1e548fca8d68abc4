// Why an app's code could not become a snapshot, in words for the person who wrote it: where in the
// sources, what is wrong, what to do. Owns nothing; may evaluate the app again to find the place.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "compiler/build_context.h"
#include "compiler/bundler.h"
#include "compiler/evaluator.h"
#include "runtime/snapshot_builder.h"

namespace nano::compiler {

struct FailedApp {
  const BuildContext& context;
  const EntryPoint& entry;
  const Bundle& bundle;
  const std::vector<runtime::WarmupRequest>& warmup;
  std::chrono::milliseconds timeout;  // What the build was given.
};

// The script said why.
Error ExplainFailure(const FailedApp& app, const runtime::ScriptFailure& failure);

// The same as a warning, for a failure that ends when the app is evaluated later
// (compiler/deferred_app.h). None: it does not.
std::optional<Error> ExplainDeferral(const FailedApp& app, const runtime::ScriptFailure& failure);

// The child died: V8 aborted it, or its time was up.
Error ExplainDeath(const FailedApp& app, const ChildDeath& death);

// What to do about an exception, by its message; empty if there is nothing to add. For exceptions
// of the top level (`building`) and those of warm-up requests.
std::string HintForException(std::string_view message, bool building);

// What an exception of the top level comes from, if V8 lacks it while it makes a snapshot, such as
// WebAssembly or Promise.try; empty if it is none of that. `line` is the source's line that threw.
std::string AbsentFeature(std::string_view message, std::string_view line);

// What to do about it.
std::string HintForAbsent(std::string_view feature);

}  // namespace nano::compiler

// Second looks at an app whose snapshot failed in a way that tells no place.
//
// The bundle is evaluated again, in another child, with a few statements added that report what the
// app does. They stand on lines that no source maps to and move nothing, so that places keep their
// meaning. Builds are deterministic: what happened once happens again.
// Blocks. Thread: the process's only one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/bundle/bundler.h"
#include "compiler/explain/source_places.h"
#include "compiler/process/step_context.h"
#include "runtime/snapshot_builder.h"

namespace nano::compiler {

// The top-level await that the app's evaluation stopped at, if it can be told.
std::optional<SourcePlace> FindPendingAwait(const StepContext& context, const Bundle& bundle);

// The statement of the top level that the evaluation had reached when it failed or was stopped, if
// it can be told. Takes two seconds at most, even if there is less time left.
std::optional<SourcePlace> FindLastStatement(const StepContext& context, const Bundle& bundle);

// The bundle with a report before each statement of its top level, or each that awaits something;
// exposed for its test.
enum class MarkedStatements { kAll, kAwaiting };
std::string MarkTopLevel(std::string_view code, MarkedStatements which);

}  // namespace nano::compiler

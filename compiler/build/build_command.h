// The command that an app has run before it is bundled (`bundle.command`). Blocks. Thread: that of
// the app's process.
#pragma once

#include <vector>

#include "base/result.h"
#include "compiler/evaluate/evaluator.h"
#include "compiler/process/child.h"
#include "config/schema/app.h"

namespace nano::compiler {

// Runs it in a shell until `deadline`. What it writes becomes lines of `log`, and of the Error
// where it fails; how long it took, a line of its own.
Result<void> RunBuildCommand(const config::AppSettings& app, Clock::time_point deadline,
                             std::vector<LogLine>& log);

}  // namespace nano::compiler

// Evaluates a bundle and snapshots its heap, in a child process that V8 may abort.
//
// Blocks until the child has ended. Thread: the process's only one.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "compiler/process/step_context.h"
#include "runtime/snapshot_builder.h"

namespace nano::compiler {

struct LogLine {
  runtime::LogLevel level;
  std::string text;  // May hold several lines.
};

// The child ended without an answer.
struct ChildDeath {
  bool timed_out = false;
  int signal = 0;      // 0: it exited.
  int status = 0;      // Exit status, if it exited.
  std::string errors;  // What it wrote to standard error: V8's reason, if it was V8.
};

struct EvaluationInput {
  std::string_view code;
  std::string_view script_name;
  const std::vector<runtime::SampleRequest>& warmup;
  bool compile_all = false;  // Also functions that have not run (runtime/snapshot_builder.h).
};

struct Evaluation {
  std::variant<runtime::AppSnapshot, runtime::ScriptFailure, ChildDeath> outcome;
  std::vector<LogLine> log;  // Up to the end, or the death.
};

// An Error: no process could be started.
Result<Evaluation> Evaluate(const StepContext& context, const EvaluationInput& input);

}  // namespace nano::compiler

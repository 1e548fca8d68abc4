// An app's rehearsal (runtime/snapshot_builder.h) in a child process, beside the one that makes the
// snapshot. Owns the child. Thread: the process's only one.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "compiler/evaluate/evaluator.h"
#include "compiler/process/child.h"
#include "compiler/process/step_context.h"
#include "runtime/snapshot_builder.h"

namespace nano::compiler {

class Rehearsal {
 public:
  // Starts the child, which reads `input`'s code and requests at once.
  static Result<Rehearsal> Start(const StepContext& context, const EvaluationInput& input);

  // Waits for its end, once, before anything below is asked.
  void Finish(Clock::time_point until);

  // What the app did, in the order of time; up to its death if it died.
  const std::vector<runtime::Observation>& seen() const { return seen_; }
  // Why the top level failed, if it did; `timed_out` if it has not come to an end.
  const std::optional<runtime::ScriptFailure>& failure() const { return failure_; }
  bool timed_out() const { return child_->timed_out(); }

 private:
  explicit Rehearsal(std::unique_ptr<Child> child) : child_(std::move(child)) {}

  std::unique_ptr<Child> child_;
  std::vector<runtime::Observation> seen_;
  std::optional<runtime::ScriptFailure> failure_;
};

}  // namespace nano::compiler

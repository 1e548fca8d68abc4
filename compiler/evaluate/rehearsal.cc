// The child, and reading what it saw.
#include "compiler/evaluate/rehearsal.h"

#include <utility>

#include "base/file.h"
#include "compiler/bundle/bundle_form.h"
#include "compiler/bundle/bundle_text.h"
#include "compiler/evaluate/evaluation_lines.h"
#include "compiler/process/memory_bound.h"
#include "runtime/process.h"

namespace nano::compiler {
namespace {

int RunChild(const StepContext& context, const EvaluationInput& input, int output) {
  BoundMemory(context.limits);
  runtime::InitializeProcess({.threads = 1, .deterministic = true});
  const std::string source = EngineText(input.code);
  const auto failure =
      runtime::RehearseApp({.base_blob = context.base_blob,
                            .source = source,
                            .script_name = std::string(input.script_name),
                            .warmup = input.warmup,
                            .absent = context.absent,
                            .variables = context.variables,
                            .takes_platform = TakesPlatform(input.code),
                            .limits = context.limits,
                            .log = {}},
                           [output](const runtime::Observation& observation) {
                             WriteAll(output, LineOf(ObservationJson(observation)));
                           });
  if (failure) WriteAll(output, LineOf(FailureJson(*failure)));
  return 0;
}

}  // namespace

Result<Rehearsal> Rehearsal::Start(const StepContext& context, const EvaluationInput& input) {
  return Rehearsal(TRY(Child::Fork([&](int output) { return RunChild(context, input, output); })));
}

void Rehearsal::Finish(Clock::time_point until) {
  child_->Finish(until);
  std::string_view output = child_->output();
  for (size_t end; (end = output.find('\n')) != std::string_view::npos;
       output.remove_prefix(end + 1)) {
    const Result<Json> json = Json::Parse(output.substr(0, end));
    if (!json.ok()) break;
    if (json->Find("observed") != nullptr) seen_.push_back(ReadObservation(*json));
    if (json->Find("failure") != nullptr) failure_ = ReadFailure(*json);
  }
}

}  // namespace nano::compiler

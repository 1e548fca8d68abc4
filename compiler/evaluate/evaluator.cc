// The child writes lines of JSON to its pipe: one for each log line, so that they survive a crash,
// then one with the result, which the snapshot's bytes follow.
#include "compiler/evaluate/evaluator.h"

#include "base/file.h"
#include "base/json_fields.h"
#include "compiler/bundle/bundle_form.h"
#include "compiler/bundle/bundle_text.h"
#include "compiler/evaluate/evaluation_lines.h"
#include "compiler/process/memory_bound.h"
#include "runtime/process.h"

namespace nano::compiler {
namespace {

using runtime::AppSnapshot;
using runtime::ScriptFailure;

int RunChild(const StepContext& context, const EvaluationInput& input, int output) {
  BoundMemory(context.limits);
  runtime::InitializeProcess({.threads = 1, .deterministic = true});
  const std::string source = EngineText(input.code);
  runtime::AppBuild build{
      .base_blob = context.base_blob,
      .source = source,
      .script_name = std::string(input.script_name),
      .warmup = input.warmup,
      .absent = context.absent,
      .variables = context.variables,
      .takes_platform = TakesPlatform(input.code),
      .compile_all = input.compile_all,
      .limits = context.limits,
      .log = [output](runtime::LogLevel level, std::string_view text) {
        WriteAll(output, LineOf(Json::Object{{"level", static_cast<int>(level)}, {"log", text}}));
      }};
  const auto result = runtime::BuildAppSnapshot(build);
  if (const auto* failure = std::get_if<ScriptFailure>(&result)) {
    return WriteAll(output, LineOf(FailureJson(*failure))) ? 0 : 1;
  }
  const auto& snapshot = std::get<AppSnapshot>(result);
  Json::Array warmup;
  for (const auto& outcome : snapshot.warmup) {
    warmup.push_back(Json::Object{{"status", outcome.status}, {"problem", outcome.problem}});
  }
  return WriteAll(output, LineOf(Json::Object{{"snapshot", snapshot.blob.size()},
                                              {"warmup", std::move(warmup)}})) &&
                 WriteAll(output, snapshot.blob)
             ? 0
             : 1;
}

// Reads what the child wrote; false if no result is in it (the log is read all the same).
bool ReadOutput(std::string_view output, Evaluation& evaluation) {
  while (!output.empty()) {
    const size_t end = output.find('\n');
    if (end == std::string_view::npos) return false;
    const Result<Json> json = Json::Parse(output.substr(0, end));
    output.remove_prefix(end + 1);
    if (!json.ok()) return false;
    if (json->Find("log") != nullptr) {
      evaluation.log.push_back(
          {static_cast<runtime::LogLevel>(NumberOf(*json, "level")), TextOf(*json, "log")});
    } else if (json->Find("failure") != nullptr) {
      evaluation.outcome = ReadFailure(*json);
      return true;
    } else {
      AppSnapshot snapshot;
      if (output.size() != CountOf(*json, "snapshot")) return false;
      for (const Json& outcome : ListOf(*json, "warmup")) {
        snapshot.warmup.push_back({.status = static_cast<int>(NumberOf(outcome, "status")),
                                   .problem = TextOf(outcome, "problem")});
      }
      snapshot.blob = output;
      evaluation.outcome = std::move(snapshot);
      return true;
    }
  }
  return false;
}

}  // namespace

Result<Evaluation> Evaluate(const StepContext& context, const EvaluationInput& input) {
  const auto started =
      TRY(Child::Fork([&](int output) { return RunChild(context, input, output); }));
  Child& child = *started;
  child.Finish(context.deadline);
  Evaluation evaluation;
  const bool answered = ReadOutput(child.output(), evaluation);
  // A child that answered and then failed to end properly has still answered, but a snapshot is
  // taken only from one in which nothing went wrong.
  const bool usable =
      answered && (child.ok() || std::holds_alternative<ScriptFailure>(evaluation.outcome));
  if (!usable) {
    evaluation.outcome = ChildDeath{.timed_out = child.timed_out(),
                                    .signal = child.signal(),
                                    .status = child.status(),
                                    .errors = child.errors()};
  }
  return evaluation;
}

}  // namespace nano::compiler

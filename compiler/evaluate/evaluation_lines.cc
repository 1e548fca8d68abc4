// Failures and observations to JSON and back.
#include "compiler/evaluate/evaluation_lines.h"

#include "base/json_fields.h"

namespace nano::compiler {

using runtime::Observation;
using runtime::ScriptFailure;

std::string LineOf(const Json& json) { return json.ToString() + "\n"; }

Json FailureJson(const ScriptFailure& failure) {
  return Json::Object{{"failure", static_cast<int>(failure.kind)},
                      {"message", failure.message},
                      {"stack", failure.stack},
                      {"line", failure.line},
                      {"column", failure.column}};
}

ScriptFailure ReadFailure(const Json& json) {
  return {.kind = static_cast<ScriptFailure::Kind>(NumberOf(json, "failure")),
          .message = TextOf(json, "message"),
          .stack = TextOf(json, "stack"),
          .line = static_cast<int>(NumberOf(json, "line")),
          .column = static_cast<int>(NumberOf(json, "column"))};
}

Json ObservationJson(const Observation& observation) {
  return Json::Object{{"observed", static_cast<int>(observation.kind)},
                      {"what", observation.what},
                      {"stack", observation.stack},
                      {"warmup", observation.warmup}};
}

Observation ReadObservation(const Json& json) {
  return {.kind = static_cast<Observation::Kind>(NumberOf(json, "observed")),
          .what = TextOf(json, "what"),
          .stack = TextOf(json, "stack"),
          .warmup = static_cast<int>(NumberOf(json, "warmup"))};
}

}  // namespace nano::compiler

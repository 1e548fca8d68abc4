// Failures and observations to JSON and back.
#include "compiler/evaluate/evaluation_lines.h"

namespace nano::compiler {

using runtime::Observation;
using runtime::ScriptFailure;

std::string LineOf(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json FailureJson(const ScriptFailure& failure) {
  return {{"failure", static_cast<int>(failure.kind)},
          {"message", failure.message},
          {"stack", failure.stack},
          {"line", failure.line},
          {"column", failure.column}};
}

ScriptFailure ReadFailure(const Json& json) {
  return {.kind = static_cast<ScriptFailure::Kind>(json["failure"].get<int>()),
          .message = json["message"],
          .stack = json["stack"],
          .line = json["line"],
          .column = json["column"]};
}

Json ObservationJson(const Observation& observation) {
  return {{"observed", static_cast<int>(observation.kind)},
          {"what", observation.what},
          {"stack", observation.stack},
          {"warmup", observation.warmup}};
}

Observation ReadObservation(const Json& json) {
  return {.kind = static_cast<Observation::Kind>(json["observed"].get<int>()),
          .what = json["what"],
          .stack = json["stack"],
          .warmup = json["warmup"]};
}

}  // namespace nano::compiler

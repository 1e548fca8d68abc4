// The lines of JSON in which children that run an app's code tell what became of it. Thread: any.
#pragma once

#include <string>

#include "base/json.h"
#include "runtime/snapshot_builder.h"

namespace nano::compiler {

// One line; malformed UTF-8 in what an app threw or logged becomes U+FFFD.
std::string LineOf(const Json& json);

Json FailureJson(const runtime::ScriptFailure& failure);
runtime::ScriptFailure ReadFailure(const Json& json);

Json ObservationJson(const runtime::Observation& observation);
runtime::Observation ReadObservation(const Json& json);

}  // namespace nano::compiler

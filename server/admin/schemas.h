// The JSON Schemas of what the admin API takes and answers, as OpenAPI 3.1 has them
// (components/schemas). Immutable; thread-safe.
#pragma once

#include "base/json.h"

namespace nano::server::admin {

// An object of schemas by their names. References are "#/components/schemas/NAME".
const Json& Schemas();

}  // namespace nano::server::admin

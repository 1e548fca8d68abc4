// YAML as JSON, for values that are the app's business. Owns nothing. Thread-safe.
#pragma once

#include "base/json.h"
#include "config/yaml/yaml.h"

namespace nano::config {

// Plain scalars are null, booleans and numbers where JSON writes them so, and texts otherwise.
Json JsonOf(const Node& node);

}  // namespace nano::config

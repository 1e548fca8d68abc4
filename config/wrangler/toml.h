// TOML 1.0 as the tree that nano.yaml is read into: every value knows its line and column.
//
// The border to toml++: its types do not leave toml.cc. Owns nothing. Thread-safe.
#pragma once

#include <memory>

#include "base/result.h"
#include "config/yaml/yaml.h"

namespace nano::config {

// As ParseJsonc has them: texts are scalars with quotes, numbers and booleans plain ones; dates and
// times are texts. Tables that stand in several places are where the first one is. Errors, at their
// places: what TOML does not allow; more than 1 MiB.
Result<std::shared_ptr<const Node>> ParseToml(const std::shared_ptr<const Source>& source);

}  // namespace nano::config

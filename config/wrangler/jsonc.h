// JSON with comments and trailing commas, as wrangler.jsonc has them, as the tree that nano.yaml is
// read into: every value knows its line and column. Owns nothing. Thread-safe.
#pragma once

#include <memory>

#include "base/result.h"
#include "config/yaml/yaml.h"

namespace nano::config {

// Texts are scalars with quotes, numbers and booleans plain ones. Of names that repeat the last one
// counts, as for JSON.parse(). Errors, at their places: what is neither JSON, a comment nor a comma
// before a closing bracket; malformed UTF-8; more than 64 levels; more than 1 MiB.
Result<std::shared_ptr<const Node>> ParseJsonc(const std::shared_ptr<const Source>& source);

}  // namespace nano::config

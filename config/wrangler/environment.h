// Which of a wrangler file's fields hold: those of the top level, or of one of its environments
// with what that inherits. Owns nothing. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/wrangler/remark.h"
#include "config/yaml/yaml.h"

namespace nano::config {

// The fields of `root`, a map, for the environment of this name (empty: the top level), in the
// file's order; what is passed over is told in `remarks`. An environment's `name` is added if it
// says none. Errors: there are environments, and none of that name.
Result<std::vector<Node::Entry>> FieldsOf(const Node& root, const std::string& environment,
                                          std::vector<Remark>& remarks);

// An entry of a map; null: there is none.
const Node::Entry* FindEntry(const Node& map, std::string_view key);

}  // namespace nano::config

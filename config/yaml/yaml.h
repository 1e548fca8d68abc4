// YAML text as a tree of nodes that know their lines and columns.
//
// The border to yaml-cpp: its exceptions and types do not leave yaml.cc. The tree is built from its
// events instead of from YAML::Node, because the latter loses duplicate keys and the places of
// keys. Owns nothing. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/yaml/place.h"

namespace nano::config {

struct Node {
  enum class Kind { kNull, kScalar, kList, kMap };
  struct Entry;

  Kind kind = Kind::kNull;
  bool plain = false;  // A scalar without quotes, which may mean a number or a boolean.
  std::string scalar;
  std::vector<std::shared_ptr<const Node>> items;  // Of a list.
  std::vector<Entry> entries;                      // Of a map, in the file's order, keys unique.
  Place place;
};

struct Node::Entry {
  std::string key;
  Place place;                        // The key's.
  std::shared_ptr<const Node> value;  // An alias shares its anchor's node.
};

// Parses a text that holds at most one document; an empty one gives a null node. Errors: malformed
// YAML, duplicate keys, keys that are not scalars, merge keys and tags (which nothing here needs),
// aliases of a node that contains them, control characters, malformed UTF-8, and more than 1 MiB.
Result<std::shared_ptr<const Node>> ParseYaml(const std::shared_ptr<const Source>& source);

}  // namespace nano::config

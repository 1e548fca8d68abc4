// Node by node.
#include "config/yaml/json_of.h"

#include <utility>

namespace nano::config {

Json JsonOf(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return {};
    case Node::Kind::kList: {
      Json::Array list;
      for (const auto& item : node.items) list.push_back(JsonOf(*item));
      return list;
    }
    case Node::Kind::kMap: {
      Json::Object map;  // The keys of a map are unique.
      for (const Node::Entry& entry : node.entries) {
        map.push_back({entry.key, JsonOf(*entry.value)});
      }
      return map;
    }
    case Node::Kind::kScalar:
      break;
  }
  if (!node.plain) return node.scalar;
  Result<Json> value = Json::Parse(node.scalar);
  return value.ok() ? std::move(value).value() : Json(node.scalar);
}

}  // namespace nano::config

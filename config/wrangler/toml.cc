// toml++ without exceptions, compiled here. Its own bound of nested values keeps the stack.
#include "config/wrangler/toml.h"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 1
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace nano::config {
namespace {

constexpr size_t kMaxBytes = 1024 * 1024;

using NodePtr = std::shared_ptr<const Node>;

Place PlaceOf(const toml::source_region& region, const std::shared_ptr<const Source>& source) {
  return {source, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
}

// Dates and times as they are written.
template <typename Value>
std::string TextOf(const Value& value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

NodePtr Convert(const toml::node& value, const std::shared_ptr<const Source>& source) {
  auto node = std::make_shared<Node>();
  node->place = PlaceOf(value.source(), source);
  if (const toml::table* table = value.as_table()) {
    node->kind = Node::Kind::kMap;
    for (const auto& [key, item] : *table) {
      node->entries.push_back({.key = std::string(key.str()),
                               .place = PlaceOf(key.source(), source),
                               .value = Convert(item, source)});
    }
    // toml++ sorts them by their names; messages are told in the file's order.
    const auto is_before = [](const Node::Entry& a, const Node::Entry& b) {
      return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
    };
    std::stable_sort(node->entries.begin(), node->entries.end(), is_before);
  } else if (const toml::array* array = value.as_array()) {
    node->kind = Node::Kind::kList;
    for (const toml::node& item : *array) node->items.push_back(Convert(item, source));
  } else {
    node->kind = Node::Kind::kScalar;
    node->plain = value.is_boolean() || value.is_number();
    value.visit([&](const auto& scalar) {
      if constexpr (toml::is_string<decltype(scalar)>) {
        node->scalar = scalar.get();
      } else if constexpr (toml::is_boolean<decltype(scalar)>) {
        node->scalar = scalar.get() ? "true" : "false";
      } else if constexpr (toml::is_integer<decltype(scalar)>) {
        node->scalar = std::to_string(scalar.get());
      } else if constexpr (toml::is_floating_point<decltype(scalar)>) {
        node->scalar =
            Json(scalar.get()).ToString();  // Infinite ones and NaN are null, as in JSON.
      } else if constexpr (toml::is_chronological<decltype(scalar)>) {
        node->scalar = TextOf(scalar.get());
      }
    });
  }
  return node;
}

}  // namespace

Result<NodePtr> ParseToml(const std::shared_ptr<const Source>& source) {
  if (source->text.size() > kMaxBytes) {
    return Error{"the file is larger than 1 MiB", source->path, "Is it a configuration file?"};
  }
  const toml::parse_result parsed = toml::parse(source->text);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return ErrorAt(PlaceOf(error.source(), source),
                   "this is not TOML: " + std::string(error.description()));
  }
  return Convert(parsed.table(), source);
}

}  // namespace nano::config

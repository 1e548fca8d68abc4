// Reads maps by tables of keys. Owns nothing. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/schema/key.h"
#include "config/schema/stated.h"
#include "config/yaml/reader.h"

namespace nano::config {

// The names of the keys in the map at `prefix` ("", "limits."), in the table's order.
template <typename S>
std::vector<std::string_view> KeyNames(const Table<S>& table, std::string_view prefix = {}) {
  std::vector<std::string_view> names;
  for (const Key<S>& key : table) {
    std::string_view name = key.path;
    if (!name.starts_with(prefix)) continue;
    name.remove_prefix(prefix.size());
    name = name.substr(0, name.find('.'));
    if (names.empty() || names.back() != name) names.push_back(name);
  }
  return names;
}

template <typename S>
void ReadKeys(Reader& reader, const Node& node, const Table<S>& table, S& settings, Stated& stated,
              const std::string& prefix = {});

// Reads what stands under one of the names.
template <typename S>
void ReadKey(Reader& reader, const Node::Entry& entry, const Table<S>& table, S& settings,
             Stated& stated, const std::string& prefix = {}) {
  const std::string path = prefix + entry.key;
  stated.Add(path, entry.value->place);
  if (const Key<S>* key = FindKey(table, path); key != nullptr) {
    key->value.read(reader, *entry.value, settings);
  } else {
    ReadKeys(reader, *entry.value, table, settings, stated, path + ".");
  }
}

// Reads a map: the keys below `prefix`.
template <typename S>
void ReadKeys(Reader& reader, const Node& node, const Table<S>& table, S& settings, Stated& stated,
              const std::string& prefix) {
  reader.Map(node, KeyNames(table, prefix), [&](const Node::Entry& entry) {
    ReadKey(reader, entry, table, settings, stated, prefix);
  });
}

}  // namespace nano::config

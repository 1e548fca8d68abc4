// A key of nano.yaml as a row of a table: where it stands, what it may hold, which member of the
// settings it fills, which program reads it, and what it means.
//
// The tables (server.h, build.h, limits.h, app.h) are the one list of keys. What reads and merges
// files, the manifest of a dist, the build cache and docs/configuration.md go by them, and a test
// compares nano.yaml. A plain key is one row, and one member, whose initial value is the default;
// the kinds of rows are in kinds.h.
//
// A table is made when it is first used, and immutable then: thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/yaml/units.h"

namespace nano::config {

class Reader;
struct Node;

// Which program heeds a key. What `nano serve` reads takes effect without a build: on a running
// server when it reads its files again, or at its next start.
enum class ReadBy : uint8_t { kBuild, kServe, kBoth };

enum class Type : uint8_t { kCount, kSize, kDuration, kFlag, kText, kList, kMap };

// What a row knows of the value of a member of S.
template <typename S>
struct Value {
  Type type = Type::kText;
  // Fills the member. What is wrong is told to the reader; the member stays then as it was, or has
  // those items of a list that are right.
  std::function<void(Reader&, const Node&, S&)> read;
  // Gives `to` the member of `from`; where it is a map, its keys win over those that are there.
  std::function<void(const S& from, S& to)> take;
  // The member as a file has it; empty for what is empty, and where `unset` says it in words.
  std::function<std::string(const S&)> show;
  std::string_view unset = {};  // What is without the key, if no value of the member tells.

  // Of counts, sizes (in bytes) and durations (in milliseconds), which are numbers to the manifest
  // and to the build cache.
  Bounds bounds = {};
  std::function<uint64_t(const S&)> get = {};
  std::function<void(S&, uint64_t)> set = {};

  Value Unset(std::string_view words) && {
    unset = words;
    return std::move(*this);
  }
};

template <typename S>
struct Key {
  std::string path;  // "limits.memory", below where the table stands.
  Value<S> value;
  ReadBy read_by = ReadBy::kBoth;
  std::string_view meaning;
};

template <typename S>
using Table = std::vector<Key<S>>;

template <typename S>
const Key<S>* FindKey(const Table<S>& table, std::string_view path) {
  for (const Key<S>& key : table) {
    if (key.path == path) return &key;
  }
  return nullptr;
}

// A table's rows for the struct that has its settings as a member, below a key of their own, or,
// with an empty name, beside the others.
template <typename S, typename Inner>
Table<S> Under(const std::string& name, Inner S::*member, const Table<Inner>& table) {
  Table<S> rows;
  for (const Key<Inner>& key : table) {
    const Value<Inner>& inner = key.value;
    Value<S> value;
    value.type = inner.type;
    value.unset = inner.unset;
    value.bounds = inner.bounds;
    value.read = [member, read = inner.read](Reader& reader, const Node& node, S& settings) {
      read(reader, node, settings.*member);
    };
    value.take = [member, take = inner.take](const S& from, S& to) {
      take(from.*member, to.*member);
    };
    value.show = [member, show = inner.show](const S& settings) { return show(settings.*member); };
    if (inner.get) {
      value.get = [member, get = inner.get](const S& settings) { return get(settings.*member); };
      value.set = [member, set = inner.set](S& settings, uint64_t number) {
        set(settings.*member, number);
      };
    }
    rows.push_back({name.empty() ? key.path : name + "." + key.path, std::move(value), key.read_by,
                    key.meaning});
  }
  return rows;
}

// The rows of several tables, in their order: that of the suggestions in messages, and of the
// reference.
template <typename S>
Table<S> Joined(std::initializer_list<Table<S>> tables) {
  Table<S> rows;
  for (const Table<S>& table : tables) rows.insert(rows.end(), table.begin(), table.end());
  return rows;
}

}  // namespace nano::config

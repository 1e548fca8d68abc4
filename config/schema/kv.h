// `kv` of an app in nano.yaml: its namespaces of KV, each by a name in `env`. Owns its values;
// immutable after loading, hence safe to share between threads.
#pragma once

#include <string>
#include <vector>

#include "config/schema/key.h"
#include "config/schema/placed_text.h"
#include "config/schema/stated.h"
#include "config/yaml/place.h"

namespace nano::config {

struct KvSettings {
  std::string name;   // In `env`.
  std::string space;  // The namespace's own, which several apps may share.
  PlacedText url{};   // A template; empty: `server.kv`.
  Place place{};      // Of the value.
  Stated stated{};    // What is said of it, but for its name.
};

// The keys of a namespace that is more than its name.
const Table<KvSettings>& KvKeys();

void ReadKv(Reader& reader, const Node& node, std::vector<KvSettings>& kv);
// Those of `from` win over those of the same names.
void TakeKv(const std::vector<KvSettings>& from, std::vector<KvSettings>& to);

// A URL of a server that keeps namespaces, as it is when it is used: "redis://…".
Result<void> CheckKvUrl(const std::string& url);

// Reads a template of one.
void ReadKvUrl(Reader& reader, const Node& node, PlacedText& url);

}  // namespace nano::config

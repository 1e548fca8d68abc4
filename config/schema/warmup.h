// `warmup` of an app in nano.yaml: requests that it answers while it is built. Owns its values;
// immutable after loading, hence safe to share between threads.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/schema/key.h"
#include "config/yaml/place.h"

namespace nano::config {

struct WarmupRequest {
  std::string path;  // Origin form: "/users/1?x=2".
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Place place;
};

// The keys of a request that is more than its path.
const Table<WarmupRequest>& WarmupKeys();

// Reads the list of them.
void ReadWarmup(Reader& reader, const Node& node, std::vector<WarmupRequest>& warmup);

}  // namespace nano::config

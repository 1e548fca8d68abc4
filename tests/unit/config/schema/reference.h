// The keys of nano.yaml in words, from the tables in config/schema/. Owns its values. Thread: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/schema/key.h"

namespace nano::config::testing {

struct Described {
  std::string path;     // "server.limits.body_bytes", "apps[].name"
  std::string type;     // "size"
  std::string unset;    // What is without the key: "`10MiB`", "one per core".
  std::string bounds;   // "`4MiB` to `1024GiB`"; empty: none.
  std::string read_by;  // "build", "serve", "both"
  std::string meaning;
};

// All keys, each where it stands in a file that lists apps.
std::vector<Described> DescribedKeys();

// docs/configuration.md.
std::string ReferencePage();

// A key in the text of nano.yaml, as a person reads it: also one that is commented out.
struct WrittenKey {
  std::string path;
  std::string read_by;  // By the nearest "[build]", "[serve]" or "[both]" above or beside it.
  int line = 0;
};

// Those of a text in block style; of several in one place, the first. Names under `env` and
// `services` are no keys.
std::vector<WrittenKey> WrittenKeys(std::string_view text);

}  // namespace nano::config::testing

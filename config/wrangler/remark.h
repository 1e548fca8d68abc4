// What somebody should know of a line in a wrangler file, in one line. Owns its values. Thread-safe
// as any value type.
#pragma once

#include <string>

#include "config/yaml/place.h"

namespace nano::config {

struct Remark {
  Place place;
  std::string text;

  // "wrangler.jsonc:12: observability is ignored: …"
  std::string ToString() const {
    if (place.source == nullptr) return text;
    return place.source->path + ":" + std::to_string(place.line) + ": " + text;
  }
};

}  // namespace nano::config

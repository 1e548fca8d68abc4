// Which keys a file says, as opposed to those that have their defaults, and where. Also of keys
// whose values are wrong. Owns its values. Thread-safe as any value type.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/yaml/place.h"

namespace nano::config {

class Stated {
 public:
  // Of a key that is there already, the place is replaced.
  void Add(std::string_view path, Place place) {
    for (auto& [known, known_place] : keys_) {
      if (known == path) {
        known_place = std::move(place);
        return;
      }
    }
    keys_.emplace_back(path, std::move(place));
  }

  bool empty() const { return keys_.empty(); }
  bool Has(std::string_view path) const { return Find(path) != nullptr; }

  // Of the key's value; without a source if no file says the key.
  Place PlaceOf(std::string_view path) const {
    const Place* place = Find(path);
    return place == nullptr ? Place() : *place;
  }

  // Of the first key in the file that is not this one; null: there is none.
  const Place* FirstBut(std::string_view path) const {
    for (const auto& [known, place] : keys_) {
      if (known != path) return &place;
    }
    return nullptr;
  }

 private:
  const Place* Find(std::string_view path) const {
    for (const auto& [known, place] : keys_) {
      if (known == path) return &place;
    }
    return nullptr;
  }

  std::vector<std::pair<std::string, Place>> keys_;  // "limits.memory", and "limits" before it.
};

}  // namespace nano::config

// `bundle` of an app in nano.yaml: how its sources become one script, and what runs before. Owns
// its values; immutable after loading, hence safe to share between threads.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "config/schema/key.h"

namespace nano::config {

struct BundleSettings {
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  std::string command;   // For a shell; empty: none.
  std::string cwd;       // Relative to the app's directory; empty: that.
  Pairs define;          // Expressions of JavaScript by the names that they replace.
  Pairs alias;           // Modules by the specifiers that mean them.
  std::string tsconfig;  // Relative to the app's directory; empty: found as TypeScript does.
  std::string jsx_factory;
  std::string jsx_fragment;
  Pairs rules;  // "text" or "data" by the extension, ".md".

  bool operator==(const BundleSettings&) const = default;
};

inline constexpr char kTextRule[] = "text";
inline constexpr char kDataRule[] = "data";

const Table<BundleSettings>& BundleKeys();

}  // namespace nano::config

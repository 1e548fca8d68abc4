// `build` in nano.yaml: how to build. Owns its values; immutable after loading, hence safe to share
// between threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "config/schema/key.h"

namespace nano::config {

inline constexpr uint32_t kMostKept = 1000;

struct BuildSettings {
  // Relative to the working directory; in the file, relative to that.
  std::string out = "dist";
  std::chrono::milliseconds timeout{60'000};
  // What an app may take while it is evaluated, in bytes; or what it may when it is served, if that
  // is more.
  uint64_t memory = uint64_t{1} << 30;
  uint64_t external_memory = uint64_t{1} << 30;
  uint32_t keep = 5;  // Builds that stay in `out`, the newest included.
};

const Table<BuildSettings>& BuildKeys();

}  // namespace nano::config

// `build` in nano.yaml: how to build. Owns its values; immutable after loading, hence safe to share
// between threads.
#pragma once

#include <chrono>
#include <string>

#include "config/schema/key.h"

namespace nano::config {

struct BuildSettings {
  // Relative to the working directory; in the file, relative to that.
  std::string out = "dist";
  std::chrono::milliseconds timeout{60'000};
};

const Table<BuildSettings>& BuildKeys();

}  // namespace nano::config

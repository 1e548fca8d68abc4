// `limits` of an app in nano.yaml, and on their way: as numbers in a dist's manifest and in the
// build cache, both by the rows here. Names are those of the runtime, which enforces them.
//
// Owns its values. Thread-safe as any value type.
#pragma once

#include <chrono>
#include <cstdint>

#include "config/schema/key.h"

namespace nano::config {

// Of one isolate. 0, which no file can say, is no limit.
struct AppLimits {
  // Bytes of V8 heap. Room for most apps, and little enough that one app out of many cannot take
  // the machine's memory, as the engine's own bound of some GiB would let it.
  uint64_t memory = 128 * 1024 * 1024;
  // Of CPU time, for one request. While an app computes, the others of its worker wait.
  std::chrono::milliseconds cpu{1000};
  // Percent of a limit at which the log warns.
  uint64_t warn_at = 50;

  bool operator==(const AppLimits&) const = default;
};

// All of them counts, sizes and durations.
const Table<AppLimits>& AppLimitKeys();

AppLimits Unlimited();

}  // namespace nano::config

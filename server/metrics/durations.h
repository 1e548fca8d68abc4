// What the histogram of requests' durations tells of most of them. Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "server/metrics/app_counters.h"

namespace nano::server {

using DurationCounts = std::array<uint64_t, kDurations>;  // By bucket; not cumulative.

// The least bound of kDurationBounds that so many percent of the requests did not pass. None: they
// passed all, or there is no request.
inline std::optional<uint64_t> BoundOfPercent(const DurationCounts& counts, uint64_t percent) {
  uint64_t all = 0;
  for (const uint64_t count : counts) all += count;
  if (all == 0) return std::nullopt;
  uint64_t within = 0;
  for (size_t at = 0; at < kDurations - 1; ++at) {
    within += counts[at];
    // Rounded up: of three requests, 99 % are three.
    if (within >= all / 100 * percent + (all % 100 * percent + 99) / 100) {
      return kDurationBounds[at];
    }
  }
  return std::nullopt;
}

}  // namespace nano::server

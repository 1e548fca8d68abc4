// A limit that has a row in config::AppLimitKeys() has one here; a test compares them.
#include "snapshot/limits.h"

namespace nano::snapshot {

runtime::Limits RuntimeLimits(const config::AppLimits& limits) {
  return {.memory = limits.memory,
          .external_memory = limits.external_memory,
          .cpu = static_cast<uint64_t>(limits.cpu.count()),
          .subrequests = limits.subrequests,
          .timers = limits.timers,
          .warn_at = static_cast<unsigned>(limits.warn_at)};
}

}  // namespace nano::snapshot

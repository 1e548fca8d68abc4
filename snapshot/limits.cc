// A limit that has a row in config::AppLimitKeys() has one here; a test compares them.
#include "snapshot/limits.h"

namespace nano::snapshot {

runtime::Limits RuntimeLimits(const config::AppLimits& limits) { return {.memory = limits.memory}; }

}  // namespace nano::snapshot

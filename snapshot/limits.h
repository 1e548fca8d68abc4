// The limits of an app that a configuration or a manifest gives, as the runtime takes them: the one
// place where the names of the two meet. Thread-safe.
#pragma once

#include "config/schema/limits.h"
#include "runtime/limits.h"

namespace nano::snapshot {

runtime::Limits RuntimeLimits(const config::AppLimits& limits);

}  // namespace nano::snapshot

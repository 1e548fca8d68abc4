// Ticks of CPU time (runtime/watchdog.h) that are forgiven as time passes, of work that goes on for
// as long as its isolate: so many in each minute. Owns nothing. Thread: any.
#pragma once

#include <cstdint>

#include "runtime/watchdog.h"

namespace nano::runtime {

// What is left of `ticks`, of which a limit of so many milliseconds is forgiven each minute since
// `since`, in nanoseconds as `now` is. `since` moves on by what was forgiven, so that looking often
// makes no difference.
inline uint64_t Forgive(uint64_t ticks, uint64_t& since, uint64_t now, uint64_t limit_ms) {
  constexpr uint64_t kMinuteNs = 60'000'000'000;
  if (limit_ms == 0) {
    since = now;
    return ticks;
  }
  // A tick of a limit without end takes no time to be forgiven.
  const uint64_t each_ns = kMinuteNs * kTickMs / limit_ms;
  const uint64_t forgiven = each_ns == 0 ? ticks : (now - since) / each_ns;
  if (forgiven >= ticks) {
    since = now;
    return 0;
  }
  since += forgiven * each_ns;
  return ticks - forgiven;
}

}  // namespace nano::runtime

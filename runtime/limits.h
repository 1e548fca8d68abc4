// What an app may use at most. Where a limit is enforced is runtime/limits/; what comes of it is
// said in runtime/embedder/stops.h. Plain data; safe on any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nano::runtime {

// Of one isolate. The others of the same app have as much.
struct Limits {
  size_t memory = 0;           // Bytes of V8 heap (limits/heap_limit.h); 0: the engine's own bound.
  size_t external_memory = 0;  // Bytes outside of it (limits/external_limit.h); 0: no bound.
  uint64_t cpu = 0;  // Milliseconds of CPU time of a request (limits/cpu_limit.h); 0: no bound.
  uint64_t subrequests = 0;  // Calls that a request leads to; 0: no bound.
  uint64_t timers = 0;       // Waiting at once; 0: no bound.
  unsigned warn_at = 0;      // Percent of a limit at which StopPort::OnNear is called; 0: never.

  bool operator==(const Limits&) const = default;
};

// Exit status of a process that had to end because an app could not be stopped at its limit.
inline constexpr int kExitOutOfMemory = 71;
// The same of one in which an app went on running for a second after it was to stop.
inline constexpr int kExitNotStopped = 72;

// The same of one that has more memory than it may, and nothing left to give up.
inline constexpr int kExitProcessMemory = 73;

}  // namespace nano::runtime

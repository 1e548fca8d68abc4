// What an app may use at most, and why one was stopped: the words that a build, a server and the
// runtime share for it. Where a limit is enforced is runtime/limits/. Plain data; safe on any
// thread.
#pragma once

#include <cstddef>
#include <string>

namespace nano::runtime {

// Of one isolate. The others of the same app have as much.
struct Limits {
  size_t memory = 0;  // Bytes of V8 heap (limits/heap_limit.h); 0: the engine's own bound.

  bool operator==(const Limits&) const = default;
};

// Why an isolate was stopped for good. Each limit has one.
enum class StopReason {
  kMemory,  // It reached Limits::memory.
};

// For the log: "it reached its memory limit, 128 MiB of V8 heap (`limits.memory`)".
std::string Describe(StopReason reason, const Limits& limits);

// Exit status of a process that had to end because an app could not be stopped at its limit.
inline constexpr int kExitOutOfMemory = 71;

}  // namespace nano::runtime

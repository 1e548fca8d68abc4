// Watches what apps take of a worker's processor, so that none keeps it for ever.
//
// A timer of the thread's CPU time ticks while it computes, and notes whose turn it is; what an
// app costs for it per request is nothing. A thread beside asks the isolate that is found inside to
// account for the tick (limits/cpu_limit.h), and ends the process if one goes on for
// kSecondDeadline after it was stopped: some of V8's built-ins, and its collector, never look
// whether they may go on. A process that does not compute does not tick.
//
// The same ticks look at the memory of the process as a whole, while whoever else would do that has
// no turn: an app that takes memory without coming back.
#pragma once

#include <cstdint>

namespace nano::runtime {

// Of CPU time: how finely it is told whose it is.
inline constexpr uint64_t kTickMs = 10;
// Of CPU time, from the moment at which an isolate is stopped.
inline constexpr uint64_t kSecondDeadlineMs = 1000;

// Without NoteMemoryLook for so long, what is inside has the watched thread for itself.
inline constexpr uint64_t kMemoryPatienceMs = 150;

// Bytes that the process may have for itself.
struct ProcessMemory {
  uint64_t limit = 0;  // As whoever runs it has set it, which is what stops are told with …
  uint64_t most = 0;   // … and where they begin, which is no less; 0: no bound.
};

// Once in a process, on the thread whose isolates are to be watched; never before a fork. Without
// it, nothing bounds what an app computes, as in a build, which is bounded as a whole.
//
// If the process has more than `memory.most` bytes for itself (base/process_memory.h), and nobody
// on the watched thread has looked at that for kMemoryPatienceMs, the isolate inside is stopped; if
// that does not help within kMemoryPatienceMs, the process ends.
void StartWatchdog(ProcessMemory memory = {});

// On the watched thread, in its turns outside of isolates: it looks after the memory.
void NoteMemoryLook();

}  // namespace nano::runtime

// Whether a worker, or the store, still goes round its loop: the supervisor asks it, and when no
// answer comes looks what its main thread does. One that computes is the business of its watchdog
// and its limits (runtime/watchdog.h); one that waits for a disk may be right to. One that was
// stopped by a signal, or sleeps though it was asked, is of no use to anybody, and nothing else
// would ever notice.
//
// Owns what was last seen of one process. Thread: the supervisor's.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nano::server {

// The main thread of a process (proc(5)).
struct ThreadState {
  char state = 0;  // 'R' runs or could, 'S' sleeps, 'D' waits for a disk, 'T' is stopped …
  uint64_t cpu_ticks = 0;  // Of its CPU time, in the kernel too.
  bool traced = false;     // By a debugger, which may stop it as it likes.

  bool operator==(const ThreadState&) const = default;
};

// None: there is no such process.
std::optional<ThreadState> MainThreadOf(pid_t pid);
// Of the contents of /proc/PID/task/PID/stat and /proc/PID/status.
std::optional<ThreadState> ParseThreadState(std::string_view stat, std::string_view status);

class Pulse {
 public:
  // From one beat to the next.
  static constexpr uint64_t kBeatMs = 2'000;
  // Without an answer and without anything that would explain it: longer than a machine that is out
  // of memory, or a snapshot of it being taken, holds up everybody.
  static constexpr uint64_t kPatienceMs = 10'000;

  enum class Finding {
    kWait,     // It may answer yet.
    kStopped,  // It was stopped by a signal, and nobody has let it go on.
    kHung,     // It waits for something that is not the loop.
  };

  // At each beat one of the two: whoever has answered is asked again, and nothing is read for it.
  bool waiting() const { return waiting_; }
  void Asked() {
    waiting_ = true;
    seen_.reset();
  }
  // `now_ms` is of any clock that stands still for no one.
  Finding Look(uint64_t now_ms, const ThreadState& thread);
  // It answered.
  void Answered() { waiting_ = false; }

 private:
  bool waiting_ = false;
  uint64_t since_ms_ = 0;            // That nothing explains why it does not answer.
  std::optional<ThreadState> seen_;  // Then.
};

// "did not answer and was ended: …", of what is no kWait.
std::string DescribeHang(Pulse::Finding finding);

}  // namespace nano::server

// The event loop of the Web Platform Tests' shell: one isolate's timer and wake-ups, a deadline,
// and the knowledge when nothing can happen any more. Thread: the isolate's, but for Wake.
#pragma once

#include <chrono>
#include <optional>

#include "runtime/embedder.h"
#include "runtime/script_isolate.h"

namespace nano::wpt {

class EventLoop final : private runtime::TimerPort, private runtime::WakePort {
 public:
  using Clock = std::chrono::steady_clock;

  enum class Outcome {
    kStopped,  // Stop was called.
    kIdle,     // No timer is armed, and the process has done nothing for a second.
    kTimeout,  // Time is up.
  };

  EventLoop();
  ~EventLoop() override;

  operator runtime::Embedder() { return {.timers = this, .wake = this}; }  // NOLINT: implicit

  // Serves the isolate. On a machine that has too much to do, the process gets up to kMostPatience
  // times `timeout`, as long as it works rather than waits.
  Outcome Run(runtime::ScriptIsolate& isolate, std::chrono::milliseconds timeout);

  static constexpr int kMostPatience = 4;  // tests/wpt/driver/shell.ts kills after that.

  // Makes Run return when the current turn is over.
  void Stop() { stopped_ = true; }

 private:
  void ArmTimer(double delay_ms) override;
  void Wake() override;

  const int wake_;  // An eventfd.
  std::optional<Clock::time_point> timer_;
  bool stopped_ = false;
};

}  // namespace nano::wpt

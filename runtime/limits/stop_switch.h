// Ends the scripts of an isolate for good, and keeps how that came. Every limit that an app can
// reach turns this switch; whoever runs the isolate asks it. Thread: the isolate's, but for what
// says otherwise.
#pragma once

#include <v8.h>

#include <atomic>
#include <cstdint>

#include "runtime/embedder/stops.h"

namespace nano::runtime {

class StopSwitch {
 public:
  StopSwitch() = default;
  StopSwitch(const StopSwitch&) = delete;
  StopSwitch& operator=(const StopSwitch&) = delete;

  // What runs ends as soon as the engine looks; nothing is to be called any more. The first stop is
  // the one that is told.
  // On any thread.
  void Turn(v8::Isolate* isolate, Stop stop);

  // As Turn, but what was running is told, too, if V8 looks before the turn is over. On any thread,
  // while V8 collects garbage as well; from within a turn of the isolate's.
  void TurnAndTrace(v8::Isolate* isolate, Stop stop);
  // As Turn, of whom it is told only at the end …
  void TurnUntold(v8::Isolate* isolate, Stop stop);
  // … of the turn, on the isolate's thread: tells whose request it was, if V8 has not looked, and
  // returns whether it was for that.
  bool EndTurn(v8::Isolate* isolate);

  bool stopped() const { return since() != 0; }
  // When it was turned, in nanoseconds of the monotonic clock; 0 while the isolate may run. Any
  // thread.
  uint64_t since() const { return since_.load(std::memory_order_acquire); }
  // After that: what was taken when the stop took effect. As Stop::used.
  void SetUsed(uint64_t used) { stop_.used = used; }
  // How it came, once it is stopped.
  const Stop& stop() const { return stop_; }

 private:
  bool Keep(Stop stop, bool untold);

  std::atomic_flag turned_;
  Stop stop_;            // Written by who set turned_, and read by who finds since_.
  bool untold_ = false;  // Of these, what was running.
  std::atomic<uint64_t> since_{0};
};

}  // namespace nano::runtime

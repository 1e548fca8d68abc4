// The first who turns it tells. See stop_switch.h for threads.
#include "runtime/limits/stop_switch.h"

#include <utility>

#include "runtime/limits/monotonic.h"

namespace nano::runtime {

void StopSwitch::Turn(v8::Isolate* isolate, Stop stop) {
  if (!turned_.test_and_set(std::memory_order_relaxed)) {
    stop_ = std::move(stop);
    since_.store(MonotonicNanoseconds(), std::memory_order_release);
  }
  isolate->TerminateExecution();
}

}  // namespace nano::runtime

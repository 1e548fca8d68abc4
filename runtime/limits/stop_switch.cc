// The first who turns it tells. See stop_switch.h for threads.
#include "runtime/limits/stop_switch.h"

#include <utility>

#include "runtime/js/stack_text.h"
#include "runtime/limits/current_request.h"
#include "runtime/limits/monotonic.h"

namespace nano::runtime {

bool StopSwitch::Keep(Stop stop) {
  if (turned_.test_and_set(std::memory_order_relaxed)) return false;
  stop_ = std::move(stop);
  since_.store(MonotonicNanoseconds(), std::memory_order_release);
  return true;
}

void StopSwitch::Turn(v8::Isolate* isolate, Stop stop) {
  Keep(std::move(stop));
  isolate->TerminateExecution();
}

void StopSwitch::TurnAndTrace(v8::Isolate* isolate, Stop stop) {
  if (!Keep(std::move(stop))) return;
  isolate->RequestInterrupt(
      [](v8::Isolate* isolate, void* data) {
        Stop& stop = static_cast<StopSwitch*>(data)->stop_;
        stop.stack = CurrentStack(isolate);
        stop.exchange = CurrentExchange(isolate);
        isolate->TerminateExecution();
      },
      this);
}

}  // namespace nano::runtime

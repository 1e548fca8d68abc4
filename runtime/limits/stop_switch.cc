// The first who turns it tells. See stop_switch.h for threads.
#include "runtime/limits/stop_switch.h"

#include <utility>

#include "runtime/js/stack_text.h"
#include "runtime/limits/current_request.h"
#include "runtime/limits/monotonic.h"

namespace nano::runtime {

bool StopSwitch::Keep(Stop stop, bool untold) {
  if (turned_.test_and_set(std::memory_order_relaxed)) return false;
  stop_ = std::move(stop);
  untold_ = untold;
  since_.store(MonotonicNanoseconds(), std::memory_order_release);
  return true;
}

void StopSwitch::Turn(v8::Isolate* isolate, Stop stop) {
  Keep(std::move(stop), false);
  isolate->TerminateExecution();
}

void StopSwitch::TurnAndTrace(v8::Isolate* isolate, Stop stop) {
  if (!Keep(std::move(stop), true)) return;
  isolate->RequestInterrupt(
      [](v8::Isolate* isolate, void* data) {
        auto& self = *static_cast<StopSwitch*>(data);
        Stop& stop = self.stop_;
        self.untold_ = false;
        stop.stack = CurrentStack(isolate);
        TellRequest(isolate, stop);
        isolate->TerminateExecution();
      },
      this);
}

void StopSwitch::TurnUntold(v8::Isolate* isolate, Stop stop) {
  Keep(std::move(stop), true);
  isolate->TerminateExecution();
}

bool StopSwitch::EndTurn(v8::Isolate* isolate) {
  if (!std::exchange(untold_, false)) return false;
  TellRequest(isolate, stop_);
  return true;
}

}  // namespace nano::runtime

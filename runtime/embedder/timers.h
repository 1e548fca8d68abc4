// The port of an isolate's timers. Thread: the isolate's.
#pragma once

namespace nano::runtime {

class TimerPort {
 public:
  virtual ~TimerPort() = default;

  // Asks for a call of FireTimers after `delay_ms` milliseconds (0 or more), replacing an earlier
  // request; negative: no call is needed any more. By default time stands still, and none comes.
  virtual void ArmTimer(double delay_ms) {}
};

}  // namespace nano::runtime

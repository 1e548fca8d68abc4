// The port by which the engine's background threads reach an isolate's loop. Thread: any.
#pragma once

namespace nano::runtime {

class WakePort {
 public:
  virtual ~WakePort() = default;

  // Asks for a call of RunTasks soon, on the isolate's thread: something was finished in the
  // background (think of uv_async_send). By default nobody comes: for those who call RunTasks by
  // themselves, or do not wait for what needs it.
  virtual void Wake() {}
};

}  // namespace nano::runtime

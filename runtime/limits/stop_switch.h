// Ends the scripts of an isolate for good, and keeps the reason. Every limit that an app can reach
// turns this switch; whoever runs the isolate asks it. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <optional>

#include "runtime/limits.h"

namespace nano::runtime {

class StopSwitch {
 public:
  StopSwitch() = default;
  StopSwitch(const StopSwitch&) = delete;
  StopSwitch& operator=(const StopSwitch&) = delete;

  // What runs ends as soon as the engine looks; nothing is to be called any more. The first reason
  // is the one that is told.
  void Stop(v8::Isolate* isolate, StopReason reason) {
    if (!reason_) reason_ = reason;
    isolate->TerminateExecution();
  }

  bool stopped() const { return reason_.has_value(); }
  // Empty while the isolate may run.
  std::optional<StopReason> reason() const { return reason_; }

 private:
  std::optional<StopReason> reason_;
};

}  // namespace nano::runtime

// Counts one call of an app, when it has ended. Owns nothing. Thread: the worker's loop.
#pragma once

#include "http/call.h"
#include "server/metrics/app_counters.h"

namespace nano::server {

class CallMeter {
 public:
  // The counters outlive this, which lives as long as the call.
  explicit CallMeter(AppCounters& counters) : counters_(counters) {}
  ~CallMeter() { Count(counters_, ended_); }
  CallMeter(const CallMeter&) = delete;
  CallMeter& operator=(const CallMeter&) = delete;

  void OnHead() { ended_ = CallEnded::kOk; }
  void OnFailed(http::FailureKind kind) {
    if (kind == http::FailureKind::kTimeout) {
      ended_ = CallEnded::kTimeout;
    } else if (kind == http::FailureKind::kDenied) {
      ended_ = CallEnded::kDenied;
    } else {
      ended_ = ended_ == CallEnded::kOk ? CallEnded::kCut : CallEnded::kFailed;
    }
  }

  // One that never began, too.
  static void Count(AppCounters& counters, CallEnded ended) {
    counters.calls[static_cast<size_t>(ended)].Add(1);
  }

 private:
  AppCounters& counters_;
  CallEnded ended_ = CallEnded::kAborted;
};

}  // namespace nano::server

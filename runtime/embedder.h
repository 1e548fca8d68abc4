// What an isolate asks of the program that it runs in, its embedder: a port for each capability.
//
// Whoever boots an isolate gives it the ports that it means to serve. The others stay as their
// headers say: requests to the network are refused, the log goes to standard error, timers do not
// fire, and news goes to nobody. What reaches out of the isolate goes through a port and nowhere
// else, which is how a build runs apps without the network. Time is no port: the isolate's phase
// decides whose clock it sees, and a build's stands still but for its timers
// (ops/event_loop_ops.cc).
//
// Owns nothing: every port outlives the isolate. Thread: the isolate's, but for WakePort.
#pragma once

#include "runtime/embedder/loading.h"
#include "runtime/embedder/log.h"
#include "runtime/embedder/outbound.h"
#include "runtime/embedder/stops.h"
#include "runtime/embedder/store.h"
#include "runtime/embedder/timers.h"
#include "runtime/embedder/visitors.h"
#include "runtime/embedder/wake.h"

namespace nano::runtime {

struct Embedder {
  // The port as its header has it. Without state: one for the process, safe on any thread.
  template <typename Port>
  static Port& Default() {
    static Port port;
    return port;
  }

  TimerPort* timers = &Default<TimerPort>();
  WakePort* wake = &Default<WakePort>();
  LogPort* log = &Default<LogPort>();
  LoadingPort* loading = &Default<LoadingPort>();
  OutboundPort* outbound = &Default<OutboundPort>();
  StopPort* stops = &Default<StopPort>();
  StorePort* store = &Default<StorePort>();
  VisitorPort* visitors = &Default<VisitorPort>();
};

}  // namespace nano::runtime

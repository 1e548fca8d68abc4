// What an isolate asks of the program that it runs in, its embedder: a port for each capability.
//
// Whoever boots an isolate gives it the ports that it means to serve. The others stay as their
// headers say: they refuse, or do what harms nobody. An isolate can do nothing that no port lets it
// do, which is how a build runs apps without a clock and without the network.
//
// Owns nothing: every port outlives the isolate. Thread: the isolate's, but for WakePort.
#pragma once

#include "runtime/embedder/loading.h"
#include "runtime/embedder/log.h"
#include "runtime/embedder/outbound.h"
#include "runtime/embedder/timers.h"
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
};

}  // namespace nano::runtime

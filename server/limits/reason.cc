// The words. See reason.h.
#include "server/limits/reason.h"

#include "base/check.h"

namespace nano::server {
namespace {

constexpr ReasonWords kWords[] = {
    {Reason::kMemoryLimit, "memory-limit", 503, "The app was stopped at its memory limit",
     "limits.memory"},
    {Reason::kExternalMemoryLimit, "external-memory-limit", 503,
     "The app was stopped at its limit of memory outside of the engine's heap",
     "limits.external_memory"},
    {Reason::kCpuLimit, "cpu-limit", 503, "The app was stopped at its limit of CPU time",
     "limits.cpu"},
    {Reason::kFirstByteLimit, "first-byte-limit", 504, "The app's response did not begin in time",
     "limits.first_byte"},
    {Reason::kDurationLimit, "duration-limit", 504, "The app's response did not end in time",
     "limits.duration"},
    {Reason::kBodyLimit, "body-limit", 413, "The request's body is larger than the app takes",
     "limits.body"},
    {Reason::kResponseLimit, "response-limit", 503, "The app's response is larger than it may be",
     "limits.response"},
    {Reason::kFieldsLimit, "fields-limit", 503,
     "The app's response has larger header fields than a response may have"},
    {Reason::kSubrequestLimit, "subrequest-limit", 0,
     "The request has led to as many calls as it may", "limits.subrequests"},
    {Reason::kTimerLimit, "timer-limit", 0, "The app waits for as many timers as it may",
     "limits.timers"},
    {Reason::kQueueFull, "queue-full", 503,
     "The app answers as many requests as it may, and as many wait", "limits.queue"},
    {Reason::kQueueTimeout, "queue-timeout", 503,
     "The app answered others for as long as a request may wait", "limits.queue_timeout"},
    {Reason::kOverload, "overload", 503,
     "The server keeps as much for slow clients as it may, and has no room for more",
     "server.limits.buffer_bytes"},
    {Reason::kCircuitOpen, "circuit-open", 503,
     "The app is not run for a while, because it ended the server's workers"},
    {Reason::kGroupUnavailable, "group-unavailable", 503,
     "The worker that runs the app did not take the request in time"},
    {Reason::kServerMemory, "server-memory", 503,
     "The app was stopped because its worker passed the server's limit of memory", "server.memory"},
    {Reason::kIsolateCeiling, "isolate-ceiling", 503,
     "The server runs as many apps as the system lets it"},
    {Reason::kAppRefused, "app-refused", 503,
     "The app cannot be served; the server's log says why"},
    {Reason::kDrainTimeout, "drain-timeout", 503,
     "The app was changed, and its old version did not answer in time", "drain_timeout"},
};

}  // namespace

std::span<const ReasonWords, kReasons> AllReasons() { return kWords; }

Reason ReasonOf(runtime::StopReason reason) {
  switch (reason) {
    case runtime::StopReason::kMemory:
      return Reason::kMemoryLimit;
    case runtime::StopReason::kExternalMemory:
      return Reason::kExternalMemoryLimit;
    case runtime::StopReason::kCpu:
      return Reason::kCpuLimit;
    case runtime::StopReason::kProcessMemory:
      return Reason::kServerMemory;
  }
  NANO_CHECK(false);
}

}  // namespace nano::server

// The words. See reason.h.
#include "server/limits/reason.h"

#include "base/check.h"

namespace nano::server {
namespace {

constexpr ReasonWords kWords[] = {
    {Reason::kMemoryLimit, "memory-limit", 503, "The app was stopped at its memory limit"},
    {Reason::kExternalMemoryLimit, "external-memory-limit", 503,
     "The app was stopped at its limit of memory outside of the engine's heap"},
    {Reason::kCpuLimit, "cpu-limit", 503, "The app was stopped at its limit of CPU time"},
    {Reason::kFirstByteLimit, "first-byte-limit", 504, "The app's response did not begin in time"},
    {Reason::kDurationLimit, "duration-limit", 504, "The app's response did not end in time"},
    {Reason::kQueueFull, "queue-full", 503,
     "The app answers as many requests as it may, and as many wait"},
    {Reason::kQueueTimeout, "queue-timeout", 503,
     "The app answered others for as long as a request may wait"},
    {Reason::kCircuitOpen, "circuit-open", 503,
     "The app is not run for a while, because it ended the server's workers"},
    {Reason::kServerMemory, "server-memory", 503,
     "The app was stopped because its worker passed the server's limit of memory"},
    {Reason::kIsolateCeiling, "isolate-ceiling", 503,
     "The server runs as many apps as the system lets it"},
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

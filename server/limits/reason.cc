// The words. See reason.h.
#include "server/limits/reason.h"

#include "base/check.h"

namespace nano::server {

namespace {

constexpr ReasonWords kMemory = {"memory-limit", 503, "The app was stopped at its memory limit"};
constexpr ReasonWords kExternalMemory = {
    "external-memory-limit", 503,
    "The app was stopped at its limit of memory outside of the engine's heap"};
constexpr ReasonWords kCpu = {"cpu-limit", 503, "The app was stopped at its limit of CPU time"};
constexpr ReasonWords kFirstByte = {"first-byte-limit", 504,
                                    "The app's response did not begin in time"};
constexpr ReasonWords kDuration = {"duration-limit", 504, "The app's response did not end in time"};
constexpr ReasonWords kQueueFull = {"queue-full", 503,
                                    "The app answers as many requests as it may, and as many wait"};
constexpr ReasonWords kQueueTimeout = {"queue-timeout", 503,
                                       "The app answered others for as long as a request may wait"};
constexpr ReasonWords kCircuit = {
    "circuit-open", 503, "The app is not run for a while, because it ended the server's workers"};

}  // namespace

const ReasonWords& WordsOf(Reason reason) {
  switch (reason) {
    case Reason::kMemoryLimit:
      return kMemory;
    case Reason::kExternalMemoryLimit:
      return kExternalMemory;
    case Reason::kCpuLimit:
      return kCpu;
    case Reason::kFirstByteLimit:
      return kFirstByte;
    case Reason::kDurationLimit:
      return kDuration;
    case Reason::kQueueFull:
      return kQueueFull;
    case Reason::kQueueTimeout:
      return kQueueTimeout;
    case Reason::kCircuitOpen:
      return kCircuit;
  }
  NANO_CHECK(false);
}

Reason ReasonOf(runtime::StopReason reason) {
  switch (reason) {
    case runtime::StopReason::kMemory:
      return Reason::kMemoryLimit;
    case runtime::StopReason::kExternalMemory:
      return Reason::kExternalMemoryLimit;
    case runtime::StopReason::kCpu:
      return Reason::kCpuLimit;
  }
  NANO_CHECK(false);
}

}  // namespace nano::server

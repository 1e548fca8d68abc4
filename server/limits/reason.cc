// The words. See reason.h.
#include "server/limits/reason.h"

#include "base/check.h"

namespace nano::server {

const ReasonWords& WordsOf(Reason reason) {
  switch (reason) {
    case Reason::kMemoryLimit: {
      static constexpr ReasonWords words = {"memory-limit", 503,
                                            "The app was stopped at its memory limit"};
      return words;
    }
    case Reason::kCpuLimit: {
      static constexpr ReasonWords words = {"cpu-limit", 503,
                                            "The app was stopped at its limit of CPU time"};
      return words;
    }
    case Reason::kCircuitOpen: {
      static constexpr ReasonWords words = {
          "circuit-open", 503,
          "The app is not run for a while, because it ended the server's workers"};
      return words;
    }
  }
  NANO_CHECK(false);
}

Reason ReasonOf(runtime::StopReason reason) {
  switch (reason) {
    case runtime::StopReason::kMemory:
      return Reason::kMemoryLimit;
    case runtime::StopReason::kCpu:
      return Reason::kCpuLimit;
  }
  NANO_CHECK(false);
}

}  // namespace nano::server

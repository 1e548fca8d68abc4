// How reaching a limit reads in the log.
#include "runtime/limits.h"

#include "base/check.h"
#include "runtime/limits/size_text.h"

namespace nano::runtime {

std::string Describe(StopReason reason, const Limits& limits) {
  switch (reason) {
    case StopReason::kMemory:
      if (limits.memory == 0) return "it reached the engine's own bound on its heap";
      return "it reached its memory limit, " + Mebibytes(limits.memory) +
             " of V8 heap (`limits.memory`)";
  }
  NANO_CHECK(false);
}

}  // namespace nano::runtime

// How reaching a limit reads in the log.
#include "runtime/embedder/stops.h"

#include "base/check.h"
#include "runtime/limits/size_text.h"

namespace nano::runtime {
namespace {

std::string Milliseconds(uint64_t ms) { return std::to_string(ms) + " ms"; }

}  // namespace

std::string Describe(const Stop& stop) {
  switch (stop.reason) {
    case StopReason::kMemory:
      if (stop.limit == 0) return "it reached the engine's own bound on its heap";
      return "it reached its memory limit, " + Mebibytes(stop.limit) +
             " of V8 heap (`limits.memory`)";
    case StopReason::kExternalMemory:
      return "it reached its limit of memory outside of V8's heap, " + Mebibytes(stop.limit) +
             " of buffers and the like (`limits.external_memory`)";
    case StopReason::kCpu:
      if (stop.of_turn) {
        return "requests that were woken together took " + Milliseconds(stop.used) +
               " of CPU time in one go, and may take " + Milliseconds(stop.limit) +
               ", five times `limits.cpu`";
      }
      return "a request took " + Milliseconds(stop.used) + " of CPU time, and may take " +
             Milliseconds(stop.limit) + " (`limits.cpu`)";
    case StopReason::kProcessMemory:
      return "its worker has " + Mebibytes(stop.used) + " in memory, and this app most of it; " +
             "`server.memory` is " + Mebibytes(stop.limit) +
             ", and a quarter beyond that apps are stopped";
  }
  NANO_CHECK(false);
}

std::string DescribeNear(const Stop& near) {
  // There is a limit, or nothing would be near it.
  const std::string share =
      ", " + std::to_string(near.used * 100 / near.limit) + " % of its limit, ";
  switch (near.reason) {
    case StopReason::kMemory:
      return "its heap takes " + Mebibytes(near.used) + share + Mebibytes(near.limit) +
             " (`limits.memory`)";
    case StopReason::kExternalMemory:
      return "its buffers and the like take " + Mebibytes(near.used) + share +
             Mebibytes(near.limit) + " (`limits.external_memory`)";
    case StopReason::kCpu:
      return "a request has taken " + Milliseconds(near.used) + " of CPU time" + share +
             Milliseconds(near.limit) + " (`limits.cpu`)";
    case StopReason::kProcessMemory:
      break;  // That is nobody's limit to come near.
  }
  NANO_CHECK(false);
}

}  // namespace nano::runtime

// How reaching a limit reads in the log.
#include "runtime/embedder/stops.h"

#include "base/check.h"
#include "runtime/limits/size_text.h"

namespace nano::runtime {
namespace {

std::string Milliseconds(uint64_t ms) { return std::to_string(ms) + " ms"; }

std::string CpuOfWhom(const Stop& stop) {
  switch (stop.cpu_of) {
    case CpuOf::kRequest:
      return "a request";
    case CpuOf::kAfterRequest:
      return "work that a request has begun, and that went on after its response,";
    case CpuOf::kNobody:
      return "work that no request has led to";
    case CpuOf::kTurn:
      return "requests that were woken together";
  }
  NANO_CHECK(false);
}

// What is counted by the minute.
bool IsInBackground(const Stop& stop) {
  return stop.cpu_of == CpuOf::kAfterRequest || stop.cpu_of == CpuOf::kNobody;
}

std::string DescribeCpu(const Stop& stop) {
  const std::string took = CpuOfWhom(stop) + " took " + Milliseconds(stop.used) + " of CPU time";
  const std::string may = ", and may take " + Milliseconds(stop.limit);
  if (stop.cpu_of == CpuOf::kTurn) return took + " in one go" + may + ", five times `limits.cpu`";
  return took + may + (IsInBackground(stop) ? " a minute" : "") + " (`limits.cpu`)";
}

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
      return DescribeCpu(stop);
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
      return CpuOfWhom(near) + " has taken " + Milliseconds(near.used) + " of CPU time" + share +
             Milliseconds(near.limit) + " (`limits.cpu`)";
    case StopReason::kProcessMemory:
      break;  // That is nobody's limit to come near.
  }
  NANO_CHECK(false);
}

}  // namespace nano::runtime

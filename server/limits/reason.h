// Why the server, and not the app, answers a request or ends one: the one vocabulary that clients,
// the log and the metrics have. Plain data; safe on any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/embedder.h"

namespace nano::server {

enum class Reason : uint8_t {
  kMemoryLimit,          // The isolate was stopped at `limits.memory`.
  kExternalMemoryLimit,  // The same at `limits.external_memory`.
  kCpuLimit,             // A request of the isolate reached `limits.cpu`.
  kFirstByteLimit,       // A response did not begin within `limits.first_byte`.
  kDurationLimit,        // It did not end within `limits.duration`.
  kQueueFull,            // More requests than `limits.concurrency` and `limits.queue`.
  kQueueTimeout,         // One waited for `limits.queue_timeout`.
  kCircuitOpen,          // The app keeps ending workers, and is not run for a while.
};
inline constexpr Reason kReasons[] = {Reason::kMemoryLimit,   Reason::kExternalMemoryLimit,
                                      Reason::kCpuLimit,      Reason::kFirstByteLimit,
                                      Reason::kDurationLimit, Reason::kQueueFull,
                                      Reason::kQueueTimeout,  Reason::kCircuitOpen};

struct ReasonWords {
  std::string_view name;   // "cpu-limit", as in the header field nano-error.
  int status;              // 503 or 504.
  std::string_view title;  // Of a problem (RFC 9457), in a sentence.
};

const ReasonWords& WordsOf(Reason reason);
Reason ReasonOf(runtime::StopReason reason);

}  // namespace nano::server

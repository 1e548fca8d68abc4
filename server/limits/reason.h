// Why the server, and not the app, answers a request or ends one: the one vocabulary that clients,
// the log and the metrics have. Plain data; safe on any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/embedder.h"

namespace nano::server {

enum class Reason : uint8_t {
  kMemoryLimit,          // The isolate was stopped at `limits.memory`.
  kExternalMemoryLimit,  // The same at `limits.external_memory`.
  kCpuLimit,             // A request of the isolate reached `limits.cpu`.
  kFirstByteLimit,       // A response did not begin within `limits.first_byte`.
  kDurationLimit,        // It did not end within `limits.duration`.
  kBodyLimit,            // A request's body was larger than `limits.body`.
  kResponseLimit,        // A response's was larger than `limits.response`.
  kFieldsLimit,          // Its header fields were more than any response may have.
  kSubrequestLimit,      // A request led to more calls than `limits.subrequests` …
  kTimerLimit,        // … or wanted more timers than `limits.timers`: the app gets an exception.
  kQueueFull,         // More requests than `limits.concurrency` and `limits.queue`.
  kQueueTimeout,      // One waited for `limits.queue_timeout`.
  kOverload,          // The worker keeps too much for slow clients: `server.limits.buffer_bytes`.
  kCircuitOpen,       // The app keeps ending workers, and is not run for a while.
  kGroupUnavailable,  // The worker of the app's group did not take the request.
  kServerMemory,      // The worker passed `server.memory`, the isolate having most of it.
  kIsolateCeiling,    // The process can have no more isolates, and all are in use.
  kAppRefused,        // The app's snapshot is not served, or does not boot.
  // It went on for `drain_timeout` after another version took its place; or it computed while a
  // change waited for its worker, for `server.drain_timeout`.
  kDrainTimeout,
};
inline constexpr size_t kReasons = static_cast<size_t>(Reason::kDrainTimeout) + 1;

struct ReasonWords {
  Reason reason;
  std::string_view name;   // "cpu-limit", as in the header field nano-error.
  int status;              // 0: nobody is answered for it; the app goes on.
  std::string_view title;  // Of a problem (RFC 9457), in a sentence.
  std::string_view key{};  // Of the configuration: "limits.cpu"; empty: not one that says it all.
};

// All of them, in the order of Reason.
std::span<const ReasonWords, kReasons> AllReasons();

inline const ReasonWords& WordsOf(Reason reason) {
  return AllReasons()[static_cast<size_t>(reason)];
}
Reason ReasonOf(runtime::StopReason reason);

}  // namespace nano::server

// `limits` of an app in nano.yaml, and on their way: as numbers in a dist's manifest and in the
// build cache, both by the rows here. Names are those of the runtime, which enforces them.
//
// Owns its values. Thread-safe as any value type.
#pragma once

#include <chrono>
#include <cstdint>

#include "config/schema/key.h"

namespace nano::config {

// Of one isolate. 0, which no file can say, is no limit.
struct AppLimits {
  // Bytes of V8 heap. Room for most apps, and little enough that one app out of many cannot take
  // the machine's memory, as the engine's own bound of some GiB would let it.
  uint64_t memory = 128 * 1024 * 1024;
  // Bytes outside of that heap. An app that takes a large body whole keeps it there, often twice
  // while it is transcoded, and a few at once.
  uint64_t external_memory = 256 * 1024 * 1024;
  // Of CPU time, for one request. While an app computes, the others of its worker wait.
  std::chrono::milliseconds cpu{1000};
  // Wall time until a response begins: longer than clients wait.
  std::chrono::milliseconds first_byte{60'000};
  // The same until it has ended. A stream may go on for ever.
  std::chrono::milliseconds duration{0};
  // Wall time of a call of `scheduled`, with what it gave to waitUntil(): as on Cloudflare.
  std::chrono::milliseconds scheduled{900'000};
  // Requests at once: a fraction of the worker's connections, so that one app whose requests never
  // end leaves some to the others.
  uint64_t concurrency = 2000;
  // Requests that wait for those: what a burst brings …
  uint64_t queue = 500;
  // … for as long as their clients are likely to.
  std::chrono::milliseconds queue_timeout{5000};
  // Bytes of a request's body; 0: as many as the server takes of any.
  uint64_t body = 0;
  // Bytes of a response's body. Files of any size are sent part by part, at little cost.
  uint64_t response = 0;
  // Calls that a request leads to: more than a page is put together of, and few enough that one
  // request is no flood for others.
  uint64_t subrequests = 1000;
  // Timers that an isolate waits for at once: 25 for each of `concurrency`, in some 15 MB of heap.
  uint64_t timers = 50'000;
  // Bytes of a line that an app logs, as many as the log takes, and of its lines in a second: more
  // than a person reads, and too little to fill a disk in an hour.
  uint64_t log_line = 64 * 1024;
  uint64_t log_rate = 1024 * 1024;
  // Percent of a limit at which the log warns.
  uint64_t warn_at = 50;

  bool operator==(const AppLimits&) const = default;
};

// All of them counts, sizes and durations.
const Table<AppLimits>& AppLimitKeys();

AppLimits Unlimited();

}  // namespace nano::config

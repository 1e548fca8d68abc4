// What a client may cost: sizes in bytes, times in milliseconds. Plain data. Thread: as any value
// type.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nano::http {

struct Limits {
  size_t header_bytes = 16 * 1024;         // Request line and header fields together; above: 431.
  size_t header_count = 100;               // Header fields; above: 431.
  size_t target_bytes = 8 * 1024;          // The request's target; above: 414.
  uint64_t body_bytes = 10 * 1024 * 1024;  // A request's body; above: 413. 0: no limit.
  uint64_t idle_timeout = 75'000;          // Keep-alive: between two requests; then it closes.
  uint64_t header_timeout = 10'000;        // From a head's first byte (or accept) to its last: 408.
  uint64_t body_timeout = 30'000;          // Without a byte of a body that is waited for: 408.
  uint64_t write_timeout = 30'000;         // Without the client taking a byte; then it is cut.
  uint64_t min_receive_rate = 240;         // Bytes a second in body_timeout; 0: one byte does.
  uint64_t min_send_rate = 240;            // The same in write_timeout.
  uint64_t buffer_bytes = 128 * 1024 * 1024;  // Kept for slow clients, together; 0: no bound.
  uint64_t linger_timeout = 5'000;            // Reading on after a last answer, without a byte …
  uint64_t linger_time = 60'000;              // … and altogether.
  uint64_t presence_check = 250;  // Between two looks for a client that is not read from.
  size_t connections = 10'000;    // More wait in the socket's queue.
  // Requests with larger bodies reach the handler, which bounds them (ServerExchange::LimitBody).
  bool handler_bounds_bodies = false;

  bool operator==(const Limits&) const = default;
};

}  // namespace nano::http

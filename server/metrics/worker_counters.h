// What one process counts of clients, whichever app they asked, in memory that processes share.
// Thread: see counter.h.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "http/handler.h"
#include "server/metrics/counter.h"

namespace nano::server {

// By http::SlowWith, as the keys of `server.limits` that say how slow is too slow.
inline constexpr std::string_view kSlowNames[http::kSlowWiths] = {"header_timeout", "body_timeout",
                                                                  "write_timeout", "buffer_bytes"};

struct WorkerCounters {
  std::array<Counter, http::kSlowWiths> slow_clients;
};

}  // namespace nano::server

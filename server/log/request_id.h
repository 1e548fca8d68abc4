// What a request is called in the log and in the server's own answers. A request gets its name when
// it is first asked for. Thread: the main one of its process.
#pragma once

#include <string>

#include "http/exchange.h"

namespace nano::server {

// 16 hex digits, unlike those of other requests, of this process and of others.
std::string RequestIdOf(http::Exchange& exchange);
// The name of one that has no exchange.
std::string NewRequestId();

}  // namespace nano::server

// The failures of connections as those of calls (http/call.h). Thread-safe.
#pragma once

#include <string>

#include "http/call.h"
#include "net/connect_error.h"

namespace nano::http {

// Of a connection that did not come about.
Failure FailureOf(const net::ConnectFailure& failure);
// Of what the policy does not allow, with its reason.
Failure Denied(std::string reason);

}  // namespace nano::http

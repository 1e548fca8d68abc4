// The failures of connections as those of calls (http/call.h). Thread-safe.
#pragma once

#include <string>

#include "http/call.h"
#include "net/connect_error.h"

namespace nano::http {

struct Proxy;

// Of a connection that did not come about.
Failure FailureOf(const net::ConnectFailure& failure);
// Of what the policy does not allow, with its reason.
Failure Denied(std::string reason);
// Of a proxy that has answered with the status below.
inline constexpr int kProxyAuthenticationRequired = 407;
Failure WantsOtherCredentials(const Proxy& proxy);

}  // namespace nano::http

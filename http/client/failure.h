// The failures of connections as those of calls (http/call.h). Thread-safe.
#pragma once

#include "http/call.h"
#include "net/connector.h"

namespace nano::http {

// Of a connection that did not come about.
Failure ConnectFailure(const net::Connector::Failure& failure);

}  // namespace nano::http

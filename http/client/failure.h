// Why a call came to nothing: the classes that callers tell apart, with a code that stays the same
// and words that name the host. Plain data; thread-safe as any value type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/connect_error.h"

namespace nano::http {

enum class FailureKind : uint8_t {
  kName,         // The host's name could not be looked up.
  kRefused,      // Nobody listens there.
  kUnreachable,  // No way there.
  kConnect,      // Connecting failed otherwise.
  kDenied,       // The tenant's policy does not allow it.
  kTls,          // The handshake failed, or the certificate was refused.
  kTimeout,      // One of the time limits; the code says which.
  kReset,        // The connection broke or ended before the response was complete.
  kProtocol,     // What came is no response.
  kProxy,        // The proxy did not let it through.
  kLimit,        // One of the tenant's own limits.
};

struct Failure {
  FailureKind kind = FailureKind::kConnect;
  // The same for the same cause, as the habits of Node.js have it: "ECONNREFUSED", "ENOTFOUND",
  // "CERT_HAS_EXPIRED".
  std::string code;
  std::string message;  // What happened, without the host.
};

// Of a connection that did not come about.
Failure FailureOf(const net::ConnectFailure& failure);
// Of what the policy does not allow, with its reason.
Failure Denied(std::string reason);

}  // namespace nano::http

// The codes and words of failures to connect.
#include "http/client/failure.h"

#include <string>
#include <utility>

#include "http/client/proxy.h"

namespace nano::http {

Failure FailureOf(const net::ConnectFailure& failure) {
  switch (failure.error) {
    case net::ConnectError::kNameNotFound:
      return {FailureKind::kName, "ENOTFOUND", "the host's name was not found"};
    case net::ConnectError::kNameTimeout:
      return {FailureKind::kName, "EAI_AGAIN", "no name server answered in time"};
    case net::ConnectError::kNameFailed:
      return {FailureKind::kName, "EAI_FAIL",
              "the host's name could not be looked up: " + failure.reason};
    case net::ConnectError::kDenied:
      return Denied(failure.reason);
    case net::ConnectError::kRefused:
      return {FailureKind::kRefused, "ECONNREFUSED", failure.reason};
    case net::ConnectError::kUnreachable:
      return {FailureKind::kUnreachable, "EHOSTUNREACH", failure.reason};
    case net::ConnectError::kTimeout:
      return {FailureKind::kTimeout, "ETIMEDOUT", failure.reason};
    case net::ConnectError::kFailed:
      break;
  }
  return {FailureKind::kConnect, "ECONNABORTED", failure.reason};
}

Failure Denied(std::string reason) {
  return {FailureKind::kDenied, "ERR_OUTBOUND_DENIED", std::move(reason)};
}

Failure WantsOtherCredentials(const Proxy& proxy) {
  return {FailureKind::kProxy, "ERR_PROXY_AUTHENTICATION",
          "the proxy " + proxy.ToString() + " wants other credentials (status " +
              std::to_string(kProxyAuthenticationRequired) + ")"};
}

}  // namespace nano::http

// The codes and words of failures to connect.
#include "http/client/failure.h"

namespace nano::http {

Failure ConnectFailure(const net::Connector::Failure& failure) {
  switch (failure.error) {
    case net::ConnectError::kNameNotFound:
      return {FailureKind::kName, "ENOTFOUND", "the host's name was not found"};
    case net::ConnectError::kNameTimeout:
      return {FailureKind::kName, "EAI_AGAIN", "no name server answered in time"};
    case net::ConnectError::kNameFailed:
      return {FailureKind::kName, "EAI_FAIL",
              "the host's name could not be looked up: " + failure.reason};
    case net::ConnectError::kDenied:
      return {FailureKind::kDenied, "ERR_OUTBOUND_DENIED", failure.reason};
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

}  // namespace nano::http

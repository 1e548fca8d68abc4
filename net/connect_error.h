// Why no connection to a host comes about: what looking its name up and connecting to its addresses
// have in common. Plain data; thread-safe as any value type.
#pragma once

#include <cstdint>
#include <string>

#include "net/resolver.h"

namespace nano::net {

enum class ConnectError : uint8_t {
  kNameNotFound,  // There is no such name, or it has no address.
  kNameTimeout,   // No name server answered.
  kNameFailed,    // The name servers could not be asked, or refused.
  kDenied,        // No address is allowed.
  kRefused,       // Nobody listens there.
  kUnreachable,   // No way there.
  kTimeout,       // The system gave up.
  kFailed,        // What else the system said.
};

struct ConnectFailure {
  ConnectError error = ConnectError::kFailed;
  std::string reason;  // In words, with the addresses if there were several.
};

// Of a name without any address, by what is known of a family of its.
inline ConnectFailure NameFailure(const NameAnswer& answer) {
  switch (answer.error) {
    case NameError::kTimeout:
      return {ConnectError::kNameTimeout, answer.reason};
    case NameError::kFailed:
      return {ConnectError::kNameFailed, answer.reason};
    default:
      return {ConnectError::kNameNotFound, answer.reason};
  }
}

}  // namespace nano::net

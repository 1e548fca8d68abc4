// Addresses to listen on. Owns nothing. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nano::config {

struct Address {
  std::string host;   // An IPv4 or IPv6 address without brackets; empty: every interface.
  uint16_t port = 0;  // 0: any free one.

  bool operator==(const Address&) const = default;
  // "127.0.0.1:8080", "[::1]:8080", ":8080".
  std::string ToString() const;
};

// "127.0.0.1:8080", "[::]:8080", "localhost:8080" (127.0.0.1); ":8080" and "8080" mean every
// interface, IPv4 and IPv6. Names other than localhost are refused: they would have to be resolved.
// The Error has no `where`.
Result<Address> ParseAddress(std::string_view text);

}  // namespace nano::config

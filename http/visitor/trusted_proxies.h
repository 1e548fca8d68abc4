// Which peers are believed what they say of their clients, and whom they say to have been asked by.
//
// The client is the rightmost address that is not one of a trusted proxy, the peer of the
// connection included: all that is left of it a client may have written. If all of them are
// trusted, it is the leftmost. What cannot be read hides what is left of it.
//
// Owns its rules; immutable, hence thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "http/visitor.h"

namespace nano::http {

class TrustedProxies {
 public:
  struct Rules {
    std::vector<Network> networks;
    std::string field = "x-forwarded-for";
  };
  explicit TrustedProxies(Rules rules) : rules_(std::move(rules)) {}

  // Nobody is trusted.
  bool empty() const { return rules_.networks.empty(); }

  // `peer` as ServerExchange::peer has it.
  bool Trusts(std::string_view peer) const;
  // Who has asked a peer that is trusted, by a block of header fields. It says nothing of `cf`.
  std::unique_ptr<Visitor> Find(std::string_view peer, std::string_view headers) const;

 private:
  bool Trusts(const IpAddress& address) const;

  const Rules rules_;
};

}  // namespace nano::http

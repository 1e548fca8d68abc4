// Whom a tenant may call: lists of rules, and addresses that nobody reaches by accident. `deny`
// wins over `allow`; an empty `allow` means everybody. Besides, link-local addresses and those at
// which clouds tell a machine its credentials are opened only by a rule of `allow` for that very
// address, or for a network within theirs: neither a name nor "*" nor 0.0.0.0/0 opens them.
//
// Rules for networks hold for every spelling that leads to an address in them: IPv4 within IPv6
// (IpAddress::embedded_v4), and the unspecified address, which reaches the loopback.
//
// Plain data; thread-safe as any value type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/host_rule.h"
#include "base/ip_address.h"

namespace nano::http {

class OutboundPolicy {
 public:
  // Everybody, but for the special addresses.
  OutboundPolicy() = default;
  // The rules have their bare names exact.
  OutboundPolicy(std::vector<HostRule> allow, std::vector<HostRule> deny)
      : allow_(std::move(allow)), deny_(std::move(deny)) {}
  static OutboundPolicy Nobody();

  // Both return why not, in words that say which rule and what to do; nothing if it may be.
  // `host` is a name in lower case, or an address without brackets.
  //
  // Before any look-up, which may tell somebody something as well: refuses what no address would
  // make right.
  std::optional<std::string> RefuseHost(std::string_view host, uint16_t port) const;
  // Of each address that is about to be connected to for `host`, wherever it comes from.
  std::optional<std::string> RefuseAddress(std::string_view host, uint16_t port,
                                           const IpAddress& address) const;

  // A rule of `allow` has the host by its name ("*" has every one), and none of `deny`: a proxy,
  // whose addresses nobody here sees, may be asked to look it up.
  bool AllowsByName(std::string_view host, uint16_t port) const;

 private:
  bool nobody_ = false;
  std::vector<HostRule> allow_, deny_;
};

}  // namespace nano::http

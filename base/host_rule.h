// A rule that names hosts: by name, with those below it, or by network, and by port. What
// `no_proxy` and the outbound policy are lists of. Plain data; thread-safe as any value type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"

namespace nano {

class HostRule {
 public:
  // How a bare name is meant, which the two users of rules have different habits for.
  enum class Bare : uint8_t {
    kExact,     // "example.com" is that host only; "*.example.com" those below it.
    kWithBelow  // "example.com" and ".example.com" are that host and those below it.
  };
  // "*", "example.com", "*.example.com", "10.0.0.0/8", "192.0.2.1", "[2001:db8::]/32", "::1"; each
  // may end in ":port", an IPv6 one then in brackets. The Error has no `where`.
  static Result<HostRule> Parse(std::string_view text, Bare bare);
  // Several, with commas or white space between them.
  static Result<std::vector<HostRule>> ParseList(std::string_view text, Bare bare);

  // By the host as it was asked for: a name in lower case, or an address without brackets.
  bool MatchesHost(std::string_view host, uint16_t port) const;
  // By an address that is about to be connected to, which a rule for names does not know.
  bool MatchesAddress(const IpAddress& address, uint16_t port) const;

  // Whatever the host.
  bool MatchesPort(uint16_t port) const { return port_ == 0 || port_ == port; }

  // What it speaks of, if that is addresses and not names.
  const std::optional<Network>& network() const { return network_; }
  // As it was written.
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool any_ = false;
  std::optional<Network> network_;
  std::string name_;    // In lower case, without a dot at either end.
  bool exact_ = true;   // The name itself matches …
  bool below_ = false;  // … and those that end in it.
  uint16_t port_ = 0;   // 0: any.
};

}  // namespace nano

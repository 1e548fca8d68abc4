// The order of the rules, and the special addresses.
#include "http/client/outbound_policy.h"

#include <algorithm>

#include "base/check.h"

namespace nano::http {
namespace {

const char kNobody[] = "the app may call nobody: nano.yaml says `outbound: none`";
const char kNotAllowed[] =
    "no rule of outbound.allow in nano.yaml covers it: add the host's name there, or its network";

Network Block(const char* text) {
  const std::optional<Network> network = Network::Parse(text);
  NANO_CHECK(network.has_value());
  return *network;
}

// Addresses that are opened only by a rule for them.
struct Special {
  Network network;
  const char* what;
};

const std::vector<Special>& SpecialNetworks() {
  static const char kLinkLocal[] = "a link-local address, at which clouds tell credentials";
  static const char kMetadata[] = "an address at which a cloud tells credentials";
  static const std::vector<Special> networks = {
      {Block("169.254.0.0/16"), kLinkLocal},    {Block("fe80::/10"), kLinkLocal},
      {Block("100.100.100.200"), kMetadata},     // Alibaba Cloud.
      {Block("fd00:ec2::/32"), kMetadata},       // AWS: instances, and pods of EKS.
      {Block("168.63.129.16"), kMetadata},       // Azure, a public address.
      {Block("fd20:ce::254"), kMetadata},        // Google Cloud.
      {Block("fd00:a9fe:a9fe::1"), kMetadata},   // Linode.
      {Block("192.0.0.192"), kMetadata},         // Oracle Cloud, the first generation.
      {Block("fd00:c1::a9fe:a9fe"), kMetadata},  // Oracle Cloud.
      {Block("fd00:42::42"), kMetadata},         // Scaleway.
      {Block("100.96.0.96"), kMetadata},         // Volcano Engine.
  };
  return networks;
}

// An address, and what else it comes to when it is connected to.
std::vector<IpAddress> Spellings(const IpAddress& address) {
  std::vector<IpAddress> spellings = {address};
  if (const auto v4 = address.embedded_v4()) spellings.push_back(*v4);
  const IpAddress& last = spellings.back();
  if (last.is_unspecified()) {
    spellings.push_back(*IpAddress::Parse(last.is_v4() ? "127.0.0.1" : "::1"));
  }
  return spellings;
}

bool Matches(const HostRule& rule, const std::vector<IpAddress>& spellings, uint16_t port) {
  return std::any_of(spellings.begin(), spellings.end(),
                     [&](const IpAddress& address) { return rule.MatchesAddress(address, port); });
}

bool MatchesName(const HostRule& rule, std::string_view host, uint16_t port) {
  return !rule.network() && rule.MatchesHost(host, port);
}

std::string Denied(const HostRule& rule) {
  return "outbound.deny of nano.yaml has '" + rule.text() + "'";
}

}  // namespace

OutboundPolicy OutboundPolicy::Nobody() {
  OutboundPolicy policy;
  policy.nobody_ = true;
  return policy;
}

std::optional<std::string> OutboundPolicy::RefuseHost(std::string_view host, uint16_t port) const {
  if (const auto address = IpAddress::Parse(host)) return RefuseAddress(host, port, *address);
  if (nobody_) return kNobody;
  for (const HostRule& rule : deny_) {
    if (MatchesName(rule, host, port)) return Denied(rule);
  }
  // Any network may have the host's address; its port is known already.
  const bool possible = std::any_of(allow_.begin(), allow_.end(), [&](const HostRule& rule) {
    return rule.network() ? rule.MatchesPort(port) : rule.MatchesHost(host, port);
  });
  if (!allow_.empty() && !possible) return kNotAllowed;
  return std::nullopt;
}

std::optional<std::string> OutboundPolicy::RefuseAddress(std::string_view host, uint16_t port,
                                                         const IpAddress& address) const {
  if (nobody_) return kNobody;
  const std::vector<IpAddress> spellings = Spellings(address);
  for (const HostRule& rule : deny_) {
    if (MatchesName(rule, host, port) || Matches(rule, spellings, port)) return Denied(rule);
  }
  for (const Special& special : SpecialNetworks()) {
    const auto found =
        std::find_if(spellings.begin(), spellings.end(),
                     [&](const IpAddress& spelling) { return special.network.Contains(spelling); });
    if (found == spellings.end()) continue;
    const bool opened = std::any_of(allow_.begin(), allow_.end(), [&](const HostRule& rule) {
      return rule.network() && special.network.Contains(*rule.network()) &&
             Matches(rule, spellings, port);
    });
    if (opened) return std::nullopt;
    return (*found == address ? "it is " : "it leads to " + found->ToString() + ", ") +
           special.what + "; only a rule of outbound.allow in nano.yaml for '" + found->ToString() +
           "' itself opens it";
  }
  const bool allowed = std::any_of(allow_.begin(), allow_.end(), [&](const HostRule& rule) {
    return MatchesName(rule, host, port) || Matches(rule, spellings, port);
  });
  if (!allow_.empty() && !allowed) return kNotAllowed;
  return std::nullopt;
}

bool OutboundPolicy::AllowsByName(std::string_view host, uint16_t port) const {
  const auto matches = [&](const HostRule& rule) { return MatchesName(rule, host, port); };
  return !nobody_ && !IpAddress::Parse(host) && std::none_of(deny_.begin(), deny_.end(), matches) &&
         std::any_of(allow_.begin(), allow_.end(), matches);
}

}  // namespace nano::http

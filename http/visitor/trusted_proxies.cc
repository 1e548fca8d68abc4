// From the peer to the left, as far as it is trusted. See trusted_proxies.h.
#include "http/visitor/trusted_proxies.h"

#include <algorithm>
#include <optional>

#include "http/visitor/forwarded.h"

namespace nano::http {

bool TrustedProxies::Trusts(const IpAddress& address) const {
  return std::ranges::any_of(rules_.networks,
                             [&](const Network& each) { return each.Contains(address); });
}

bool TrustedProxies::Trusts(std::string_view peer) const {
  const std::optional<IpAddress> address = IpAddress::Parse(peer);
  return address && Trusts(*address);
}

std::unique_ptr<Visitor> TrustedProxies::Find(std::string_view peer,
                                              std::string_view headers) const {
  const std::vector<ForwardedNode> nodes = ForwardedNodes(headers, rules_.field);
  // Of one address whoever is trusted to say it says who the client is.
  const bool is_list = FormatOf(rules_.field) != ForwardedFormat::kAddress;
  size_t known = 0;  // Nodes from the nearest one to the client.
  while (known < nodes.size() && nodes[known].address) {
    if (!Trusts(*nodes[known++].address) || !is_list) break;
  }

  auto visitor = std::make_unique<Visitor>();
  for (size_t i = known; i-- > 0;) {
    visitor->path.append(visitor->path.empty() ? "" : ", ").append(nodes[i].address->ToString());
  }
  visitor->address = known == 0 ? std::string(peer) : nodes[known - 1].address->ToString();
  if (FormatOf(rules_.field) == ForwardedFormat::kElements) {
    if (!nodes.empty()) visitor->scheme = nodes[known == 0 ? 0 : known - 1].scheme;
    return visitor;
  }
  // Proxies that append to both fields say at the same place what the client asked them for; where
  // there are fewer schemes, one of them has set it for all.
  const std::vector<std::string_view> schemes = ForwardedSchemes(headers);
  if (!schemes.empty()) {
    visitor->scheme = schemes[std::min(known == 0 ? 0 : known - 1, schemes.size() - 1)];
  }
  return visitor;
}

}  // namespace nano::http

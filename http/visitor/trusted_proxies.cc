// From the peer to the left, as far as it is trusted. See trusted_proxies.h.
#include "http/visitor/trusted_proxies.h"

#include <algorithm>
#include <optional>
#include <vector>

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
  ForwardedNodes nodes(headers, rules_.field);
  const ForwardedFormat format = FormatOf(rules_.field);
  std::vector<ForwardedNode> known;  // From the nearest one to the client.
  std::string_view scheme;           // As the client's proxy has it, in the same field.
  while (const std::optional<ForwardedNode> node = nodes.Next()) {
    if (known.empty() || node->address) scheme = node->scheme;
    if (!node->address) break;
    known.push_back(*node);
    // Of one address whoever is trusted to say it says who the client is.
    if (!Trusts(*node->address) || format == ForwardedFormat::kAddress) break;
  }

  auto visitor = std::make_unique<Visitor>();
  for (auto node = known.rbegin(); node != known.rend(); ++node) {
    visitor->path.append(visitor->path.empty() ? "" : ", ").append(node->address->ToString());
  }
  visitor->address = known.empty() ? std::string(peer) : known.back().address->ToString();
  // Proxies that append to both fields say at the same place what the client asked them for; where
  // there are fewer schemes, one of them has set it for all.
  visitor->scheme = format == ForwardedFormat::kElements
                        ? scheme
                        : ForwardedScheme(headers, known.empty() ? 0 : known.size() - 1);
  return visitor;
}

}  // namespace nano::http

// What the way to an origin is made of.
#include "http/client/route.h"

#include <utility>

#include "base/ip_address.h"
#include "http/client/outbound_policy.h"
#include "http/client/proxy.h"

namespace nano::http {

std::string Route::HostAndPort(const std::string& host, uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Route MakeRoute(bool tls, std::string host, uint16_t port, const ProxyRules& proxies,
                const OutboundPolicy& policy) {
  const Proxy* proxy = proxies.For(tls, host, port);
  // An address means itself, wherever it is asked for: the policy is asked of it before all else.
  const bool by_address =
      proxy != nullptr && !IpAddress::Parse(host) && !policy.AllowsByName(host, port);
  return {tls, std::move(host), port, proxy, by_address};
}

}  // namespace nano::http

// The way to an origin: which host is spoken to, how, and through which proxy. Connections are
// shared by calls of one tenant that go the same way. Plain data; thread-safe as any value type.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace nano::http {

class OutboundPolicy;
class ProxyRules;
struct Proxy;

struct Route {
  bool tls = false;
  std::string host;  // A name in lower case, or an address without brackets.
  uint16_t port = 0;
  const Proxy* proxy = nullptr;  // Null: straight there. The client's own.

  // The proxy is asked for an address of the host that was looked up here and is allowed, and not
  // for its name, which might be another's by then. Of names only.
  bool by_address = false;

  // A tunnel is made through the proxy (CONNECT); without, it is asked for the whole URL.
  bool tunnels() const { return proxy != nullptr && (tls || by_address); }

  auto operator<=>(const Route&) const = default;
  // "a.test:443", "[::1]:80".
  std::string HostAndPort() const { return HostAndPort(host, port); }
  static std::string HostAndPort(const std::string& host, uint16_t port);
};

// The way that a tenant's proxies and policy say. `proxies` outlives the route.
Route MakeRoute(bool tls, std::string host, uint16_t port, const ProxyRules& proxies,
                const OutboundPolicy& policy);

}  // namespace nano::http

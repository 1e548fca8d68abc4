// The way to an origin: which host is spoken to, how, and through which proxy. Connections are
// shared by calls of one tenant that go the same way. Plain data; thread-safe as any value type.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace nano::http {

struct Proxy;

struct Route {
  bool tls = false;
  std::string host;  // A name in lower case, or an address without brackets.
  uint16_t port = 0;
  const Proxy* proxy = nullptr;  // Null: straight there. The client's own.

  // A tunnel is made through the proxy (CONNECT); without, it is asked for the whole URL.
  bool tunnels() const { return proxy != nullptr && tls; }

  auto operator<=>(const Route&) const = default;
  // "a.test:443", "[::1]:80".
  std::string HostAndPort() const {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
  }
};

}  // namespace nano::http

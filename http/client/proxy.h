// Which requests go through a proxy, and through which: what the variables http_proxy, https_proxy
// and no_proxy mean, read once. Plain data; thread-safe as any value type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/host_rule.h"
#include "base/result.h"

namespace nano::http {

// A proxy that is spoken to by HTTP, in the clear or by TLS.
struct Proxy {
  bool tls = false;
  std::string host;  // A name in lower case, or an address without brackets.
  uint16_t port = 0;
  // The value of proxy-authorization; empty: none. Never told to an app.
  std::string authorization;

  bool operator==(const Proxy&) const = default;
  // "http://proxy.example:3128", without the credentials.
  std::string ToString() const;
};

// The fields of a request, in wire format, as a proxy gets them that is asked for whole URLs: who
// asks is the operator's business and never an app's.
std::string FieldsForProxy(std::string_view headers, const Proxy& proxy);

// "http://user:password@proxy.example:3128"; "proxy.example:3128" is meant as http. The Error has
// no `where`, and no credentials in its message.
Result<Proxy> ParseProxy(std::string_view url);

class ProxyRules {
 public:
  ProxyRules() = default;
  // For each of the schemes, or none; and who is spoken to without, by rules whose bare names are
  // meant with those below.
  ProxyRules(std::optional<Proxy> http, std::optional<Proxy> https, std::vector<HostRule> direct)
      : http_(std::move(http)), https_(std::move(https)), direct_(std::move(direct)) {}

  // The proxy for a request; null: none. `host` as HostRule::MatchesHost has it.
  const Proxy* For(bool tls, std::string_view host, uint16_t port) const;
  bool empty() const { return !http_ && !https_; }

 private:
  std::optional<Proxy> http_, https_;
  std::vector<HostRule> direct_;
};

}  // namespace nano::http

// Reading a proxy's URL and the list of hosts that go without.
#include "http/client/proxy.h"

#include <algorithm>
#include <charconv>

#include "base/base64.h"
#include "base/ip_address.h"
#include "http/field_text.h"

namespace nano::http {
namespace {

Error Bad(std::string what) {
  return Error{std::move(what),
               {},
               "a proxy is given as http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT"};
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Percent-encoded bytes as themselves; what is no encoding stays as it is.
std::string PercentDecoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool IsHost(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

}  // namespace

std::string Proxy::ToString() const {
  const bool v6 = host.find(':') != std::string::npos;
  return std::string(tls ? "https://" : "http://") + (v6 ? "[" + host + "]" : host) + ":" +
         std::to_string(port);
}

std::string FieldsForProxy(std::string_view headers, const Proxy& proxy) {
  constexpr std::string_view kName = "proxy-authorization: ";
  std::string fields;
  while (!headers.empty()) {
    const std::string_view line = headers.substr(0, headers.find('\n') + 1);
    headers.remove_prefix(line.size());
    if (!EqualsIgnoringCase(line.substr(0, kName.size()), kName)) fields += line;
  }
  if (!proxy.authorization.empty()) {
    fields.append(kName).append(proxy.authorization).append("\r\n");
  }
  return fields;
}

Result<Proxy> ParseProxy(std::string_view url) {
  Proxy proxy;
  std::string_view rest = url;
  if (const size_t end = url.find("://"); end != std::string_view::npos) {
    std::string scheme(url.substr(0, end));
    std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (scheme != "http" && scheme != "https") {
      // Else it is credentials that somebody has not encoded.
      const bool is_scheme = scheme.find(':') == std::string::npos;
      return Bad("a proxy is spoken to by http or https, not by " +
                 (is_scheme ? scheme : "something else"));
    }
    proxy.tls = scheme == "https";
    rest = url.substr(end + 3);
  }
  const size_t authority = std::min(rest.find_first_of("/?#"), rest.size());
  if (rest.find('@', authority) != std::string_view::npos) {
    return Bad("the proxy's credentials have a '/', '?' or '#': write %2F, %3F or %23");
  }
  rest = rest.substr(0, authority);
  if (const size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view user_info = rest.substr(0, at);
    const size_t colon = user_info.find(':');
    std::string credentials = PercentDecoded(user_info.substr(0, colon)) + ":";
    if (colon != std::string_view::npos) credentials += PercentDecoded(user_info.substr(colon + 1));
    proxy.authorization = "Basic ";
    AppendBase64(proxy.authorization, credentials);
    rest = rest.substr(at + 1);
  }

  std::string_view port;
  if (rest.starts_with('[')) {
    const size_t end = rest.find(']');
    if (end == std::string_view::npos) return Bad("the proxy's address has no closing bracket");
    proxy.host = rest.substr(1, end - 1);
    if (!IpAddress::Parse(proxy.host)) return Bad("the proxy's address is no IPv6 address");
    rest = rest.substr(end + 1);
    if (!rest.empty() && rest[0] != ':') return Bad("the proxy's port is not a port");
    port = rest.empty() ? rest : rest.substr(1);
  } else {
    const size_t colon = rest.find(':');
    proxy.host = rest.substr(0, colon);
    std::transform(proxy.host.begin(), proxy.host.end(), proxy.host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (!IsHost(proxy.host)) return Bad("the proxy has no host, or one that is no name");
    port = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
  }
  if (port.empty()) {
    proxy.port = proxy.tls ? 443 : 80;
    return proxy;
  }
  unsigned value = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), value);
  if (error != std::errc() || end != port.data() + port.size() || value == 0 || value > 65535) {
    return Bad("the proxy's port is not a port");
  }
  proxy.port = static_cast<uint16_t>(value);
  return proxy;
}

const Proxy* ProxyRules::For(bool tls, std::string_view host, uint16_t port) const {
  const std::optional<Proxy>& proxy = tls ? https_ : http_;
  if (!proxy) return nullptr;
  const bool direct = std::any_of(direct_.begin(), direct_.end(), [&](const HostRule& rule) {
    return rule.MatchesHost(host, port);
  });
  return direct ? nullptr : &*proxy;
}

}  // namespace nano::http

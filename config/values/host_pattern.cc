// Host patterns: checks and canonical spelling.
#include "config/values/host_pattern.h"

#include <arpa/inet.h>

#include <algorithm>

namespace nano::config {
namespace {

constexpr size_t kLongestName = 253;  // RFC 1035, section 2.3.4, without the root's dot.
constexpr size_t kLongestLabel = 63;

bool IsAlphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Letters, digits and hyphens (RFC 1123, section 2.1); underscores too, which containers' names
// have.
bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' &&
         label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
           return IsAlphanumeric(c) || c == '-' || c == '_';
         });
}

bool IsName(std::string_view name) {
  if (name.size() > kLongestName) return false;
  for (;;) {
    const size_t dot = name.find('.');
    if (!IsLabel(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

Result<std::string> ParseHostPattern(std::string_view text) {
  const std::string quoted = "'" + std::string(text) + "'";
  std::string host(text);
  for (char& c : host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }

  if (host.find("://") != std::string::npos || host.find('/') != std::string::npos) {
    return Error{quoted + " is not a host", "", "Write the host only: shop.example.com."};
  }
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const std::string literal = bracketed ? host.substr(1, host.size() - 2) : host;
  in6_addr address;
  if (inet_pton(AF_INET6, literal.c_str(), &address) == 1) {
    char out[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, &address, out, sizeof(out));
    return "[" + std::string(out) + "]";
  }
  if (const size_t colon = host.rfind(':'); colon != std::string::npos) {
    if (IsDigits(std::string_view(host).substr(colon + 1))) {
      return Error{quoted + " has a port", "", "Leave it out: an app answers on every port."};
    }
    return Error{quoted + " is not a host", "", ""};
  }
  if (host == "*") {
    return Error{"'*' alone is not a host pattern", "",
                 "Use `default: true` for every other host."};
  }

  std::string_view name = host;
  if (name.starts_with("*.")) name.remove_prefix(2);
  if (name.find('*') != std::string_view::npos) {
    return Error{quoted + " has a wildcard in the wrong place", "",
                 "Only a whole first label can be one: *.example.com."};
  }
  if (std::any_of(name.begin(), name.end(), [](char c) { return (c & 0x80) != 0; })) {
    return Error{quoted + " is not ASCII", "", "Write it in Punycode: xn--…"};
  }
  if (!IsName(name)) {
    return Error{quoted + " is not a host", "",
                 "Labels of letters, digits and hyphens, joined by dots: shop.example.com."};
  }
  return host;
}

}  // namespace nano::config

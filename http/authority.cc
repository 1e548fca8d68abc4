// Syntax of authorities, checked by characters.
#include "http/authority.h"

#include <arpa/inet.h>
#include <strings.h>

#include <array>
#include <cstring>

namespace nano::http {
namespace {

constexpr std::array<bool, 256> MakeNameTable() {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (const char c : std::string_view("-._~!$&'()*+,;="))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}

constexpr std::array<bool, 256> kNameCharacter = MakeNameTable();

bool IsValidPort(std::string_view port) {
  unsigned value = 0;
  if (port.size() > 5) return false;
  for (const char c : port) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value <= 65535;
}

bool IsValidIpv6(std::string_view address) {
  char text[INET6_ADDRSTRLEN];
  if (address.empty() || address.size() >= sizeof text) return false;
  std::memcpy(text, address.data(), address.size());
  text[address.size()] = '\0';
  // A NUL inside would hide what follows it.
  if (std::strlen(text) != address.size()) return false;
  in6_addr parsed;
  return inet_pton(AF_INET6, text, &parsed) == 1;
}

}  // namespace

bool IsValidAuthority(std::string_view authority) {
  if (authority.empty()) return false;
  size_t end;  // Of the host.
  if (authority[0] == '[') {
    end = authority.find(']');
    if (end == std::string_view::npos || !IsValidIpv6(authority.substr(1, end - 1))) return false;
    ++end;
  } else {
    end = 0;
    while (end < authority.size() && kNameCharacter[static_cast<unsigned char>(authority[end])])
      ++end;
    if (end == 0) return false;
  }
  if (end == authority.size()) return true;
  return authority[end] == ':' && IsValidPort(authority.substr(end + 1));
}

bool SplitAbsoluteTarget(std::string_view target, AbsoluteTarget* out) {
  const size_t colon = target.find("://");
  if (colon == std::string_view::npos) return false;
  const bool known = (colon == 4 && strncasecmp(target.data(), "http", 4) == 0) ||
                     (colon == 5 && strncasecmp(target.data(), "https", 5) == 0);
  if (!known) return false;
  const std::string_view rest = target.substr(colon + 3);
  const size_t end = rest.find_first_of("/?");
  out->authority = rest.substr(0, end);
  out->rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
  return true;
}

}  // namespace nano::http

// Looks at each byte once, and takes nothing for serialised of which it is not sure.
#include "runtime/native/url/serialised_url.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace nano::runtime {
namespace {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// What a byte of a target means to the URL parser, as bits.
enum : uint8_t {
  kPlainInPath = 1,   // Kept as it is in a path.
  kPlainInQuery = 2,  // Kept as it is in a special URL's query.
};

// The path percent-encode set and the special-query percent-encode set (URL Standard, section 1.3),
// the backslash, which is a slash in special URLs, and '#', which ends the query.
constexpr std::array<uint8_t, 256> kTargetBytes = [] {
  std::array<uint8_t, 256> table{};
  for (int c = 0x21; c <= 0x7e; ++c) {
    const std::string_view in_path = "\"#<>?^`{}\\";
    const std::string_view in_query = "\"#<>'";
    const char byte = static_cast<char>(c);
    uint8_t bits = 0;
    if (in_path.find(byte) == std::string_view::npos) bits |= kPlainInPath;
    if (in_query.find(byte) == std::string_view::npos) bits |= kPlainInQuery;
    table[static_cast<size_t>(c)] = bits;
  }
  return table;
}();

// "127.0.0.1": four decimal numbers up to 255, without leading zeros.
bool IsSerialisedIPv4(std::string_view host) {
  size_t at = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (at >= host.size() || host[at++] != '.')) return false;
    const size_t begin = at;
    int number = 0;
    while (at < host.size() && IsDigit(host[at]) && at - begin < 3) {
      number = number * 10 + (host[at++] - '0');
    }
    const size_t digits = at - begin;
    if (digits == 0 || number > 255 || (digits > 1 && host[begin] == '0')) return false;
  }
  return at == host.size();
}

// A lower-case ASCII name that is neither an IPv4 address in disguise nor an internationalised
// name.
bool IsSerialisedHost(std::string_view host) {
  if (host.empty()) return false;
  size_t label = 0;
  for (size_t i = 0; i <= host.size(); ++i) {
    if (i == host.size() || host[i] == '.') {
      if (i == label) return false;
      if (i - label >= 4 && host.substr(label, 4) == "xn--") return false;
      if (i < host.size()) label = i + 1;
      continue;
    }
    const char c = host[i];
    if (!(c >= 'a' && c <= 'z') && !IsDigit(c) && c != '-') return false;
  }
  // A host whose last label is a number is an IPv4 address, in any of its notations ("0x7f.1").
  return !IsDigit(host[label]) || IsSerialisedIPv4(host);
}

bool IsSerialisedPort(std::string_view scheme, std::string_view port) {
  if (port.empty() || port.size() > 5 || port[0] == '0') return false;
  int number = 0;
  for (const char c : port) {
    if (!IsDigit(c)) return false;
    number = number * 10 + (c - '0');
  }
  return number <= 65535 && number != (scheme == "https" ? 443 : 80);
}

}  // namespace

bool IsSerialisedAuthority(std::string_view scheme, std::string_view authority) {
  const size_t colon = authority.find(':');
  if (colon == std::string_view::npos) return IsSerialisedHost(authority);
  return IsSerialisedHost(authority.substr(0, colon)) &&
         IsSerialisedPort(scheme, authority.substr(colon + 1));
}

bool IsSerialisedTarget(std::string_view target) {
  if (target.empty() || target[0] != '/') return false;
  size_t i = 0;
  for (; i < target.size() && target[i] != '?'; ++i) {
    const char c = target[i];
    if ((kTargetBytes[static_cast<unsigned char>(c)] & kPlainInPath) == 0) return false;
    // A segment that begins with a dot, perhaps percent-encoded, may be a dot segment.
    if (c == '/' && i + 1 < target.size() && (target[i + 1] == '.' || target[i + 1] == '%')) {
      return false;
    }
  }
  // The '?' itself is plain in a query.
  for (; i < target.size(); ++i) {
    if ((kTargetBytes[static_cast<unsigned char>(target[i])] & kPlainInQuery) == 0) return false;
  }
  return true;
}

std::optional<ada_url_components> ComponentsOfSerialised(std::string_view url) {
  constexpr uint32_t kAbsent = 0xffffffff;
  constexpr std::string_view kPlain = "http://";
  constexpr std::string_view kSecure = "https://";
  const size_t host = url.starts_with(kPlain)    ? kPlain.size()
                      : url.starts_with(kSecure) ? kSecure.size()
                                                 : 0;
  if (host == 0 || url.size() >= kAbsent) return std::nullopt;
  const size_t scheme_end = host - 3;  // The colon, and two slashes.
  const std::string_view scheme = url.substr(0, scheme_end);
  const size_t path = url.find('/', host);
  if (path == std::string_view::npos) return std::nullopt;
  const std::string_view authority = url.substr(host, path - host);
  const std::string_view target = url.substr(path);
  if (!IsSerialisedAuthority(scheme, authority) || !IsSerialisedTarget(target)) {
    return std::nullopt;
  }
  const auto at = [](size_t offset) { return static_cast<uint32_t>(offset); };
  ada_url_components components{.protocol_end = at(scheme_end + 1),
                                .username_end = at(host),
                                .host_start = at(host),
                                .host_end = at(path),
                                .port = kAbsent,
                                .pathname_start = at(path),
                                .search_start = kAbsent,
                                .hash_start = kAbsent};
  if (const size_t colon = authority.find(':'); colon != std::string_view::npos) {
    components.host_end = at(host + colon);
    std::from_chars(authority.data() + colon + 1, authority.data() + authority.size(),
                    components.port);
  }
  if (const size_t query = target.find('?'); query != std::string_view::npos) {
    components.search_start = at(path + query);
  }
  return components;
}

}  // namespace nano::runtime

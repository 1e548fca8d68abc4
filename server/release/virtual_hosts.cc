// Normalises hosts and looks them up. See virtual_hosts.h for ownership and threads.
#include "server/release/virtual_hosts.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "config/values/host_pattern.h"

namespace nano::server {
namespace {

// RFC 1035, section 2.3.4, without the length octets and the root label.
constexpr size_t kMaxHost = 253;

char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// "::1" and "0:0:0:0:0:0:0:1" are one address: writes it as "[::1]". False if it is none.
bool WriteIpv6(std::string_view address, char* out, size_t out_size, size_t* written) {
  char text[INET6_ADDRSTRLEN];
  if (address.size() >= sizeof text) return false;
  std::memcpy(text, address.data(), address.size());
  text[address.size()] = '\0';
  in6_addr binary;
  if (inet_pton(AF_INET6, text, &binary) != 1) return false;
  out[0] = '[';
  if (inet_ntop(AF_INET6, &binary, out + 1, static_cast<socklen_t>(out_size - 2)) == nullptr) {
    return false;
  }
  *written = std::strlen(out);
  out[(*written)++] = ']';
  return true;
}

}  // namespace

NormalizedHost::NormalizedHost(std::string_view authority) {
  if (!authority.empty() && authority.front() == '[') {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) return;
    WriteIpv6(authority.substr(1, end - 1), buffer_.data(), buffer_.size(), &size_);
    return;
  }
  std::string_view host = authority.substr(0, authority.find(':'));
  if (!host.empty() && host.back() == '.') host.remove_suffix(1);
  if (host.size() > kMaxHost) return;
  std::transform(host.begin(), host.end(), buffer_.begin(), ToLower);
  size_ = host.size();
}

Result<void> VirtualHosts::Add(std::string_view pattern, App app) {
  const std::string host = TRY(config::ParseHostPattern(pattern));
  std::string_view name = host;
  const bool wildcard = name.starts_with("*.");
  if (wildcard) name.remove_prefix(2);
  if (!(wildcard ? wildcards_ : exact_).emplace(name, app).second) {
    return Error{"the host '" + host + "' is given twice", "", "One app answers for a host."};
  }
  return {};
}

Result<void> VirtualHosts::SetDefault(App app) {
  if (default_.has_value()) {
    return Error{"two apps answer for every host", "", "Give hosts to all apps but one."};
  }
  default_ = app;
  return {};
}

std::optional<VirtualHosts::App> VirtualHosts::Find(std::string_view authority) const {
  const NormalizedHost host(authority);
  std::string_view name = host.view();
  if (const auto found = exact_.find(name); found != exact_.end()) return found->second;
  if (!wildcards_.empty()) {
    for (size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
      name.remove_prefix(dot + 1);
      if (const auto found = wildcards_.find(name); found != wildcards_.end()) return found->second;
    }
  }
  return default_;
}

}  // namespace nano::server

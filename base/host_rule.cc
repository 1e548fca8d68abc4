// Reading rules and matching names by whole labels.
#include "base/host_rule.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace nano {
namespace {

constexpr std::string_view kSeparators = ", \t\r\n";
constexpr std::string_view kDigits = "0123456789";

std::string LowerCase(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// Takes ":port" off the end of `text`; false if what follows the colon is no port.
bool TakePort(std::string_view& text, uint16_t& port) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return true;
  const std::string_view digits = text.substr(colon + 1);
  unsigned value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value == 0 || value > 65535) {
    return false;
  }
  port = static_cast<uint16_t>(value);
  text = text.substr(0, colon);
  return true;
}

// URL Standard, section 3.5: a host that ends in a number is an IPv4 address or nothing.
bool EndsInNumber(std::string_view name) {
  const std::string_view last = name.substr(name.rfind('.') + 1);
  return last.find_first_not_of(kDigits) == std::string_view::npos ||
         (last.starts_with("0x") &&
          last.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos);
}

// What keeps a text from being a name, in lower case, that a URL can have.
Result<void> CheckName(const std::string& quoted, std::string_view name) {
  if (name.find('*') != std::string_view::npos) {
    return Error{quoted + " has a wildcard in the wrong place", "",
                 "Only a whole first label can be one: *.example.com."};
  }
  const auto is_ascii = [](char c) { return (c & 0x80) == 0; };
  if (!std::all_of(name.begin(), name.end(), is_ascii)) {
    return Error{quoted + " is not ASCII", "", "Write it in Punycode: xn--…"};
  }
  const auto is_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  if (name.empty() || name.front() == '.' || name.find("..") != std::string_view::npos ||
      !std::all_of(name.begin(), name.end(), is_name)) {
    return Error{quoted + " names no host", "",
                 "Write a name, an address, a network or '*', with ':PORT' if need be: "
                 "api.example.com, *.example.com:443, 10.0.0.0/8, [2001:db8::]/32."};
  }
  if (EndsInNumber(name)) {
    return Error{quoted + " is neither a name nor a whole address", "",
                 "Write all parts of an IPv4 address, and the prefix of a network: 10.0.0.0/8."};
  }
  return {};
}

}  // namespace

Result<HostRule> HostRule::Parse(std::string_view text, Bare bare) {
  const std::string quoted = "'" + std::string(text) + "'";
  const Error no_port{quoted + " has a port that is none", "", "Ports are 1 to 65535."};
  HostRule rule;
  rule.text_ = text;
  if (text.find("://") != std::string_view::npos) {
    return Error{quoted + " is not a host", "",
                 "Leave out the scheme and the path: api.example.com, or api.example.com:443."};
  }
  std::string host(text);
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) {
      return Error{quoted + " has no closing bracket", "", "Write it as [2001:db8::1]:443."};
    }
    std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest[0] != ':' && rest[0] != '/') return no_port;
    if (!TakePort(rest, rule.port_)) return no_port;
    host = std::string(text.substr(1, end - 1)) + std::string(rest);
    if (host.find(':') == std::string::npos) {
      return Error{quoted + " has brackets around what is no IPv6 address", "", ""};
    }
  } else if (std::count(text.begin(), text.end(), ':') <= 1) {
    // An address with several colons has no port unless it is in brackets.
    std::string_view without = text;
    if (!TakePort(without, rule.port_)) return no_port;
    host = without;
  }
  rule.network_ = Network::Parse(host);
  if (rule.network_) return rule;
  if (host.find('/') != std::string::npos || host.find(':') != std::string::npos) {
    const bool has_base = IpAddress::Parse(host.substr(0, host.find('/'))).has_value();
    return Error{quoted + " is not a network", "",
                 has_base ? "The address is all zeros beyond the prefix: 10.0.0.0/8, fd00::/8."
                          : "Write it as 10.0.0.0/8, or [2001:db8::]/32."};
  }
  if (host == "*") {
    rule.any_ = true;
    return rule;
  }
  std::string name = LowerCase(host);
  if (name.starts_with("*.")) {
    rule.exact_ = false;
    rule.below_ = true;
    name.erase(0, 2);
  } else if (bare == Bare::kWithBelow) {
    rule.below_ = true;
    if (name.starts_with('.')) name.erase(0, 1);
  }
  if (name.ends_with('.')) name.pop_back();
  TRY(CheckName(quoted, name));
  rule.name_ = std::move(name);
  return rule;
}

Result<std::vector<HostRule>> HostRule::ParseList(std::string_view text, Bare bare) {
  std::vector<HostRule> rules;
  for (size_t at = text.find_first_not_of(kSeparators); at < text.size();
       at = text.find_first_not_of(kSeparators, at)) {
    const size_t end = std::min(text.find_first_of(kSeparators, at), text.size());
    rules.push_back(TRY(Parse(text.substr(at, end - at), bare)));
    at = end;
  }
  return rules;
}

bool HostRule::MatchesHost(std::string_view host, uint16_t port) const {
  if (!MatchesPort(port)) return false;
  if (any_) return true;
  if (network_) {
    const auto address = IpAddress::Parse(host);
    return address && network_->Contains(*address);
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host == name_) return exact_;
  return below_ && host.size() > name_.size() && host.ends_with(name_) &&
         host[host.size() - name_.size() - 1] == '.';
}

bool HostRule::MatchesAddress(const IpAddress& address, uint16_t port) const {
  return MatchesPort(port) && network_ && network_->Contains(address);
}

}  // namespace nano

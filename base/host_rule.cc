// Reading rules and matching names by whole labels.
#include "base/host_rule.h"

#include <algorithm>
#include <charconv>

namespace nano {
namespace {

bool IsNameText(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  }) && name.find("..") == std::string_view::npos;
}

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

}  // namespace

std::optional<HostRule> HostRule::Parse(std::string_view text, Bare bare) {
  HostRule rule;
  std::string_view host = text;
  std::string unbracketed;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest[0] != ':' && rest[0] != '/') return std::nullopt;
    if (!TakePort(rest, rule.port_)) return std::nullopt;
    unbracketed = std::string(text.substr(1, end - 1)) + std::string(rest);
    host = unbracketed;
    rule.network_ = Network::Parse(host);
    return rule.network_ ? std::optional(std::move(rule)) : std::nullopt;
  }
  // An address with several colons has no port unless it is in brackets.
  if (std::count(host.begin(), host.end(), ':') <= 1 && !TakePort(host, rule.port_)) {
    return std::nullopt;
  }
  rule.network_ = Network::Parse(host);
  if (rule.network_) return rule;
  if (host == "*") {
    rule.any_ = true;
    return rule;
  }
  if (host.starts_with("*.")) {
    rule.exact_ = false;
    rule.below_ = true;
    host.remove_prefix(2);
  } else if (bare == Bare::kWithBelow) {
    rule.below_ = true;
    if (host.starts_with('.')) host.remove_prefix(1);
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  rule.name_ = LowerCase(host);
  if (!IsNameText(rule.name_) || rule.name_[0] == '.') return std::nullopt;
  return rule;
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

}  // namespace nano

// The URL of an incoming request: joined where its parts are in canonical form already, else parsed
// by ada.
#include "runtime/native/url/request_url.h"

#include <algorithm>

#include "runtime/native/url/ada.h"
#include "runtime/native/url/serialised_url.h"

namespace nano::runtime {
namespace {

// True if the authority cannot be anything but a host and a port: what would end it, or is taken
// out by the parser without a trace, is refused.
bool IsHostAndPort(std::string_view authority) {
  return !authority.empty() && std::none_of(authority.begin(), authority.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == '@' || c == '/' || c == '\\' || c == '?' ||
           c == '#' || c == 0x7f;
  });
}

std::string Join(std::string_view scheme, std::string_view authority, std::string_view target) {
  std::string url;
  url.reserve(scheme.size() + 3 + authority.size() + target.size());
  url.append(scheme).append("://").append(authority).append(target);
  return url;
}

}  // namespace

namespace internal {

std::string ParseRequestUrl(std::string_view scheme, std::string_view authority,
                            std::string_view target) {
  if (!IsHostAndPort(authority) || target.empty() || target[0] != '/') return {};
  const AdaUrl url = ParseUrl(Join(scheme, authority, target));
  if (!ada_is_valid(url.get())) return {};
  return std::string(HrefOf(url));
}

}  // namespace internal

std::string RequestUrl(std::string_view scheme, std::string_view authority,
                       std::string_view target) {
  if (target == "*") target = "/";
  if (IsSerialisedAuthority(scheme, authority) && IsSerialisedTarget(target)) {
    return Join(scheme, authority, target);
  }
  return internal::ParseRequestUrl(scheme, authority, target);
}

std::string_view RequestUrlBuilder::Build(std::string_view scheme, std::string_view authority,
                                          std::string_view target) {
  if (target == "*") target = "/";
  constexpr std::string_view kSeparator = "://";
  const std::string_view last = std::string_view(url_).substr(0, origin_);
  const bool same_origin = !last.empty() && last.substr(0, scheme_) == scheme &&
                           last.substr(scheme_ + kSeparator.size()) == authority;
  if ((same_origin || IsSerialisedAuthority(scheme, authority)) && IsSerialisedTarget(target)) {
    if (!same_origin) {
      url_.assign(scheme).append(kSeparator).append(authority);
      origin_ = url_.size();
      scheme_ = scheme.size();
    }
    url_.resize(origin_);
    return url_.append(target);
  }
  origin_ = 0;
  return url_ = internal::ParseRequestUrl(scheme, authority, target);
}

}  // namespace nano::runtime

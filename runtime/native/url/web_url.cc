// By ada. See web_url.h.
#include "runtime/web_url.h"

#include "runtime/native/url/ada.h"

namespace nano::runtime {

std::optional<std::string> WebUrl(std::string_view url) {
  const AdaUrl parsed = ParseUrl(url);
  if (!ada_is_valid(parsed.get())) return std::nullopt;
  const std::string_view href = HrefOf(parsed);
  if (!href.starts_with("http://") && !href.starts_with("https://")) return std::nullopt;
  // Behind the two slashes a host begins, unless there is user information.
  const ada_url_components& parts = *ada_get_components(parsed.get());
  if (parts.host_start != parts.protocol_end + 2) return std::nullopt;
  return std::string(href.substr(0, parts.hash_start));
}

std::optional<std::string> WebUrlPrefix(std::string_view prefix) {
  const size_t scheme = prefix.find("://");
  if (scheme == std::string_view::npos || prefix.find('#') != std::string_view::npos ||
      prefix.find_first_of("/?", scheme + 3) == std::string_view::npos) {
    return std::nullopt;
  }
  // With a letter behind it: ".." may go on, and is then no way up, which would be more than was
  // named; and a space at the end stays.
  std::optional<std::string> url = WebUrl(std::string(prefix) + "x");
  if (url) url->pop_back();
  return url;
}

}  // namespace nano::runtime

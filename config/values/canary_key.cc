// Reading a key's place.
#include "config/values/canary_key.h"

#include <algorithm>
#include <utility>

#include "base/token.h"

namespace nano::config {

Result<CanaryKey> CanaryKey::Parse(std::string_view text) {
  const bool is_cookie = text.starts_with("cookie:");
  if (!is_cookie && !text.starts_with("header:")) {
    return Error{"'" + std::string(text) + "' says no key", "",
                 "Write header:NAME or cookie:NAME."};
  }
  std::string name(text.substr(text.find(':') + 1));
  if (!IsToken(name))
    return Error{"'" + name + "' is not the name of a header field or cookie", "", ""};
  if (!is_cookie) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  }
  return CanaryKey{is_cookie, std::move(name)};
}

}  // namespace nano::config

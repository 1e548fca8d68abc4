// Where a request has the key that decides which of two versions of an app answers it. Owns its
// values. Thread-safe as any value type.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace nano::config {

struct CanaryKey {
  bool is_cookie = false;
  std::string name = "nano-version-key";  // Of a header field, in lower case; or of a cookie.

  // "header:nano-version-key", "cookie:session". The Error has no `where`.
  static Result<CanaryKey> Parse(std::string_view text);
  std::string ToString() const { return (is_cookie ? "cookie:" : "header:") + name; }
  bool operator==(const CanaryKey&) const = default;
};

}  // namespace nano::config

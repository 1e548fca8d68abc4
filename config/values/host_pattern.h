// The hosts that an app answers for. Owns nothing. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace nano::config {

// A host pattern in its canonical spelling, in which equal hosts are equal strings: names in lower
// case ("shop.example.com"), wildcards ("*.example.com", any subdomain but not the domain itself),
// IPv4 addresses, IPv6 addresses in brackets as RFC 5952 writes them ("[::1]"). Brackets may be
// missing in `text`. Ports, schemes, wildcards elsewhere and names that are not ASCII are refused.
// The Error has no `where`.
Result<std::string> ParseHostPattern(std::string_view text);

}  // namespace nano::config

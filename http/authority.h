// The authority of a request: the value of Host, or the part of an absolute-form target between the
// scheme and the path (RFC 9112, sections 3.2.2 and 3.2.3). Pure functions; any thread.
#pragma once

#include <string_view>

namespace nano::http {

// uri-host [ ":" port ] (RFC 9110, section 7.2), with a non-empty host. A host is a name of
// unreserved characters and sub-delims, or an IPv6 literal in brackets; percent-encoding, user
// information, zone identifiers and ports above 65535 are refused.
bool IsValidAuthority(std::string_view authority);

struct AbsoluteTarget {
  std::string_view authority;
  std::string_view rest;  // Path and query as sent; may lack the leading slash ("", "?x=1").
};

// Splits "http://authority/path?query" (or https, in any case). False for any other target.
bool SplitAbsoluteTarget(std::string_view target, AbsoluteTarget* out);

}  // namespace nano::http

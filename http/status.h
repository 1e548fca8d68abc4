// Status codes, whatever version of the protocol carries them. Pure functions; any thread.
#pragma once

#include <string_view>

namespace nano::http {

// The reason phrase that goes with a status; empty for statuses without one.
std::string_view StatusPhrase(int status);

// True if responses with this status never have a body (RFC 9110, section 6.4.1).
constexpr bool IsBodiless(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace nano::http

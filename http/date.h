// Dates as header fields have them (RFC 9110, section 5.6.7): seconds since 1970, UTC. Own nothing;
// thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nano::http {

// "Sun, 06 Nov 1994 08:49:37 GMT"; the size of each.
inline constexpr size_t kDateSize = 29;

// Writes the text of a second, of the years 1 to 9999, into the first kDateSize bytes of `out`.
void WriteDate(int64_t seconds, char* out);

// The second that a field names, in the form above, in RFC 850's ("Sunday, 06-Nov-94 08:49:37 GMT",
// whose year is the latest that is no more than 50 years after `now`), or in asctime's ("Sun Nov  6
// 08:49:37 1994"). None: it is no date; the day's name is not held against the rest.
std::optional<int64_t> ParseDate(std::string_view text, int64_t now);

}  // namespace nano::http

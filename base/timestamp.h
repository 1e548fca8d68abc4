// The time of day, and moments as machines read them: RFC 3339, in UTC, to the millisecond.
//
// Owns nothing. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nano {

// Milliseconds since 1970, now.
int64_t WallClockMs();
// "2026-01-31T14:03:07.123Z" of milliseconds since 1970.
std::string Timestamp(int64_t milliseconds);
// The same back: RFC 3339's date-time, in any zone. None: it is no such time, or before 1970.
std::optional<int64_t> ParseTimestamp(std::string_view text);
void AppendTimestamp(std::string& out, int64_t milliseconds);

}  // namespace nano

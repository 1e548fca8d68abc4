// The time of day, and moments as machines read them: RFC 3339, in UTC, to the millisecond.
//
// Owns nothing. Thread-safe.
#pragma once

#include <cstdint>
#include <string>

namespace nano {

// Milliseconds since 1970, now.
int64_t WallClockMs();
// "2026-01-31T14:03:07.123Z" of milliseconds since 1970.
std::string Timestamp(int64_t milliseconds);
void AppendTimestamp(std::string& out, int64_t milliseconds);

}  // namespace nano

// How `nano ctl` says what it prints everywhere: times, digests, lists. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nano::cli::ctl {

// Milliseconds since 1970 of "2026-01-31T13:45:07.123Z"; 0: it is no such text.
int64_t ParseTime(std::string_view text);

// "3 s", "12 min", "5 h", "2 d": how long ago the time was, at `now`; empty for no time. One that
// is still to come, by a clock that differs, is "0 s" ago.
std::string AgeAt(std::string_view time, int64_t now);

// Milliseconds since 1970, now.
int64_t Now();

// Enough of a digest to tell versions apart, and to name one by.
std::string ShortDigest(std::string_view digest);

// "1 request", "2 requests".
std::string Counted(uint64_t count, std::string_view one, std::string_view many);

// "a, b, c".
std::string Joined(const std::vector<std::string>& texts, std::string_view between = ", ");

// Fit for a terminal; of more than one line with a sign that there are.
std::string FirstLine(std::string_view text);

// The lines of a text, each behind `indent`, and each fit for a terminal.
std::string Indented(std::string_view text, std::string_view indent);

}  // namespace nano::cli::ctl

// What the server says is wrong (problem+json), for people and as an exit status.
// Pure functions; any thread.
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"

namespace nano::cli::ctl {

// The exit statuses of `nano ctl`; wrong usage is kUsageError.
inline constexpr int kDone = 0;          // Also: it was so already.
inline constexpr int kFailed = 1;        // The old version goes on serving.
inline constexpr int kNotReached = 3;    // No server, no answer, or none for us.
inline constexpr int kNotAsThought = 4;  // There is no such app or version, or it has changed.

// Of an answer that is no success, and the problem that it tells of.
int ExitStatusOf(int http_status, const Json& problem);

// A block of lines, as `nanoc build` prints its errors:
//
//   ✘ shop: boot
//     TypeError: cannot read …
//     shop │ its last lines of the log
//
//     The old version goes on serving.
std::string FormatProblem(const Json& problem, int http_status, bool color);

// The same look for what is wrong on this side.
std::string FormatError(const Error& error, bool color);

}  // namespace nano::cli::ctl

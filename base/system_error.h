// Errors of system calls, in words. Owns nothing. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace nano {

// The Error for a system call that failed with `error_number` on `path`: "cannot ACTION it:
// REASON", with a hint for the common reasons.
Error SystemError(const std::string& path, std::string_view action, int error_number);
// Whether it is one of those, and says that no more can be written: its advice does.
bool IsOutOfSpace(const Error& error);

}  // namespace nano

// How many files the server may have open at once. Owns nothing. Thread: the process's only one, at
// the start.
#pragma once

#include <cstddef>

#include "base/result.h"

namespace nano::server {

// As many as the system lets this process have: each connection is one, and the usual soft limit of
// 1024 is for programs that use select().
void RaiseDescriptorLimit();

// What to do where there are too few.
inline constexpr char kRaiseDescriptorLimit[] =
    "Raise the limit of open files (`ulimit -n`, LimitNOFILE= of a unit), or have fewer workers "
    "(--workers) or groups (`isolation`).";

// Whether the supervisor can open what it needs to start so many workers that serve all, and
// groups. Later it is told of what it cannot open; without its loop it could not even say so.
Result<void> CheckDescriptorLimit(size_t workers, size_t groups);

}  // namespace nano::server

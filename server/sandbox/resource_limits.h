// The limits that the kernel keeps for each process (getrlimit(2)), as a worker needs them.
//
// - No core dumps: they would hold the secrets of all apps. (Not by PR_SET_DUMPABLE, which also
//   hides a process from its own user's tools. The main process has the same secrets, and is not
//   hidden; that workers look into each other is refused by the other parts of the sandbox.)
// - Descriptors: as many as the connections that it accepts can need, and some; never more than
//   the server has.
// - Processes: RLIMIT_NPROC counts all of a user's, whoever started them, so that a bound on it
//   would have other programs take away the worker's threads. The filter of system calls lets a
//   worker have threads, and no process (seccomp_filter.h).
// - Sizes of files: a worker opens none for writing; a bound (RLIMIT_FSIZE) would be one on the
//   server's log, where that is a file.
//
// Owns nothing. Thread: the process's only one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"

namespace nano::server {

// How many descriptors a worker may have that accepts so many connections.
uint64_t DescriptorsFor(size_t connections);

Result<void> LimitResources(size_t connections);

}  // namespace nano::server

// The system calls that a worker may make (seccomp(2)): those that it was seen to need, or that the
// C library, the engine and the loop may need in other moments. Everything else fails with EPERM;
// nothing ends the process, so that what was forgotten is an error in a log, not a dead worker.
//
// What is not there, in short: no programs and no processes (execve, fork; threads may be started),
// no other processes (ptrace, process_vm_readv, signals, pidfd_open), no files but for reading, no
// sockets but of TCP and UDP for connecting (neither raw nor packet nor netlink, and no Unix
// sockets, behind which are other services of the machine, our own admin API among them), no limits
// raised, and none of the kernel's many other doors (mount, namespaces, bpf, io_uring, keys,
// perf_event_open, userfaultfd, modules). Which files may be read is landlock.h's part.
//
// Owns nothing. Thread: the process's only one, since the filter is for that and those that it
// starts.
#pragma once

#include <linux/filter.h>
#include <sys/types.h>

#include <vector>

#include "base/result.h"

namespace nano::server {

// Whose calls they are: a worker's, or the store's, which writes files besides (which ones is
// landlock.h's part as well).
enum class Filter { kReads, kWrites };

// The filter as the kernel takes it, for a process of that number, which may signal itself alone.
std::vector<sock_filter> MakeSeccompFilter(pid_t self, Filter filter = Filter::kReads);

// From now on. Needs no_new_privs.
Result<void> FilterSystemCalls(pid_t self, Filter filter);

}  // namespace nano::server

// Descriptors from one process to another, over a socket of the AF_UNIX family (unix(7),
// SCM_RIGHTS). Owns nothing. Thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/descriptor.h"

namespace nano {

// Sends a copy of a descriptor, in a message of one byte. False: errno says why. `flags` are those
// of sendmsg(2).
bool SendDescriptor(int socket, int fd, int flags = 0);

// The next one that was sent, closed on exec; the caller's from now on. Negative with errno, which
// is 0 if the other side has closed its end, and EMFILE also if this process had no room for it:
// then it is lost. `flags` are those of recvmsg(2).
int ReceiveDescriptor(int socket, int flags = 0);

// More than one with a message: the kernel takes 253.
inline constexpr size_t kDescriptorsAtOnce = 250;

// As SendDescriptor, for up to kDescriptorsAtOnce.
bool SendDescriptors(int socket, std::span<const int> fds, int flags = 0);

// All of the next message. None: as for ReceiveDescriptor, with errno.
std::vector<Descriptor> ReceiveDescriptors(int socket, int flags = 0);

}  // namespace nano

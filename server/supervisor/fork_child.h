// Starts the processes of a server: workers and the store. Owns nothing. Thread: the supervisor's
// loop, which is its only thread when it forks.
#pragma once

#include <sys/types.h>

#include <span>

#include "base/descriptor.h"
#include "base/result.h"

namespace nano::server {

struct Child {
  pid_t pid = 0;       // 0: this is it.
  Descriptor channel;  // To the other of the two (control/channel.h).
};

// A child that ends with its parent. `signals` that come before it has handlers of its own wait
// there until it has. Fails as fork() and socketpair() do.
Result<Child> ForkChild(std::span<const int> signals);

}  // namespace nano::server

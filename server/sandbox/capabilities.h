// The capabilities of root (capabilities(7)): a worker of a server that runs as root, as it does in
// many a container or for a port below 1024, has none of them.
//
// Owns nothing. Thread: the process's only one.
#pragma once

#include "base/result.h"

namespace nano::server {

// Without no_new_privs a program that is started could have them again.
Result<void> DropCapabilities();

}  // namespace nano::server

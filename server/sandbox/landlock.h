// Which files a process may open, by the kernel's Landlock (landlock(7)): what is opened by name
// from now on; descriptors that are open stay what they are. Names can still be looked up
// (stat(2)). Where the kernel knows more of it, the process opens no listening TCP sockets either,
// and reaches no process outside by a signal or an abstract Unix socket.
//
// Owns nothing. Thread: the process's only one, since it holds for that and those that it starts.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace nano::server {

// From now on only these can be opened, for reading; of folders, all that is in them. Those that
// are not there are left out. In the folder `writable`, if it is not empty, files can be made,
// written and removed besides. The version of the kernel's interface, by which it is more or less
// that is refused. Needs no_new_privs.
Result<int> RestrictFiles(const std::vector<std::string>& readable,
                          const std::string& writable = {});

}  // namespace nano::server

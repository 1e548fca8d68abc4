// The files of the system that a worker reads while it runs: what names mean, who vouches for
// servers, what time it is where, how many processors there are, random bytes, and itself. All that
// is of the server or of apps it was given before, or is given as descriptors and messages.
//
// Files that others replace while a worker runs (resolv.conf, hosts, authorities) are replaced by
// new files of the same name, so that it is their folders that have to be readable; mostly /etc.
// There the permissions of files protect what is not for everybody.
//
// Owns a descriptor, see ReadableFiles. Thread: the process's only one.
#pragma once

#include <string>
#include <vector>

namespace nano::server {

// Files and folders, whether they are there or not. Those of this process in /proc are known to the
// kernel by an object that it may forget and make anew: the first call holds on to it.
std::vector<std::string> ReadableFiles();

}  // namespace nano::server

// What a child process reads: to find out why one that reads files does not come to an end.
// Owns nothing. Thread: any.
#pragma once

#include <sys/types.h>

#include <string>

namespace nano::compiler {

// The path of something without an end that the process has open or waits to open: a FIFO, a
// device, a socket. Empty: there is none, or the system does not let us look.
std::string FindEndlessFile(pid_t process);

}  // namespace nano::compiler

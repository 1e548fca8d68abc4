// How a worker's process ended, in words, and whether that was its own doing. Owns nothing.
// Thread-safe.
#pragma once

#include <string>

namespace nano::server {

// "SIGSEGV"
std::string SignalName(int signal);

// Of the status that waitpid(2) gives: "was killed by SIGSEGV (Segmentation fault)", "exited with
// status 1".
std::string DescribeDeath(int status);

// Whether code that ran in the worker made it end. Other signals came from outside: an operator, or
// the kernel being out of memory.
bool IsOwnFault(int status);

}  // namespace nano::server

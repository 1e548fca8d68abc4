// Socket activation: listening sockets that a service manager opened, and gave to the server at its
// start (sd_listen_fds(3)). The environment says how many there are, from descriptor 3 on
// (LISTEN_FDS), for which process (LISTEN_PID), and their names (LISTEN_FDNAMES).
//
// Owns nothing. Thread: the process's only one.
#pragma once

#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "server/supervisor/handover.h"

namespace nano::server {

// What the environment says of the process `pid`; none if it says nothing, or of another one.
struct Activation {
  size_t sockets = 0;
  std::vector<std::string> names;  // As many, or none.
};
Result<Activation> ReadActivation(const char* pid, const char* count, const char* names,
                                  int own_pid);

// Takes the sockets that this process was given, and removes what says so from the environment. By
// their names they are the apps' ("http", or the name of a unit, "….socket", or none), or another
// listener's ("admin", "health"). Whatever is not a listening stream socket is an error, as is a
// name that means nothing.
Result<std::vector<HandedSockets>> TakeGivenSockets();

// The same of descriptors that are there.
Result<std::vector<HandedSockets>> CheckGivenSockets(std::vector<Descriptor> sockets,
                                                     const std::vector<std::string>& names);

}  // namespace nano::server

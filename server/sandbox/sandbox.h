// What a worker gives up before it runs any app: the privileges that it does not need. Whoever gets
// hold of the process by a fault in the engine can then do little beyond what apps may do anyway.
//
//   no_new_privs   no program that it could start would have more rights than it
//   capabilities   none, also if the server runs as root
//   limits         no core dumps, and no more descriptors than it can have a use for
//   landlock       reads the system's files of names, authorities and time zones, and no others
//   seccomp        makes the system calls that it needs; every other one fails, with EPERM
//
// What the system does not have or refuses is left out, and said: a server that could not run in
// one container or another would run without all of it. None of it can be taken back, and threads
// and descriptors that are there already are not what it is about: a worker enters while it has one
// thread, with the descriptors that it was given.
//
// Owns a descriptor of /proc/self for the rest of the process. Thread: the process's only one.
#pragma once

#include <cstddef>
#include <string>

namespace nano::server {

struct SandboxOptions {
  size_t connections = 0;  // That it accepts at once.
  // A folder in which it writes files, as the store does; empty: it writes none.
  std::string writable{};
};

struct SandboxReport {
  std::string in_force;  // "no_new_privs, capabilities, limits, landlock 6, seccomp"
  std::string missing;   // "landlock (Function not implemented)"; empty: nothing is.
};

SandboxReport EnterSandbox(const SandboxOptions& options);

}  // namespace nano::server

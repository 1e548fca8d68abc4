// A process and its channel. See fork_child.h.
#include "server/supervisor/fork_child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "server/control/channel.h"

namespace nano::server {

Result<Child> ForkChild(std::span<const int> signals) {
  auto ends = TRY(Channel::MakeEnds());
  sigset_t blocked, previous;
  sigemptyset(&blocked);
  for (const int signal : signals) sigaddset(&blocked, signal);
  pthread_sigmask(SIG_BLOCK, &blocked, &previous);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);  // It died before the line above.
    return Child{.pid = 0, .channel = std::move(ends.second)};
  }
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  if (pid < 0) return Error{strerror(error), {}, {}};
  return Child{.pid = pid, .channel = std::move(ends.first)};
}

}  // namespace nano::server

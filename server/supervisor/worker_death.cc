// Reads exit statuses. See worker_death.h.
#include "server/supervisor/worker_death.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "runtime/limits.h"

namespace nano::server {

std::string SignalName(int signal) {
  const char* abbreviation = sigabbrev_np(signal);
  return abbreviation == nullptr ? "signal " + std::to_string(signal)
                                 : "SIG" + std::string(abbreviation);
}

std::string DescribeDeath(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == runtime::kExitOutOfMemory) {
    return "ended itself because an app passed its memory limit and could not be stopped";
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == runtime::kExitNotStopped) {
    return "ended itself because an app went on for a second after it was stopped at a limit";
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == runtime::kExitProcessMemory) {
    return "ended itself because it had more memory than `server.memory`, and nothing to give up";
  }
  if (!WIFSIGNALED(status)) return "exited with status " + std::to_string(WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  const char* description = sigdescr_np(signal);
  std::string text = "was killed by " + SignalName(signal);
  if (signal == SIGKILL) {
    text += " (kill -9, or the kernel being out of memory)";
  } else if (description != nullptr) {
    text += " (" + std::string(description) + ")";
  }
  return text;
}

bool IsOwnFault(int status) {
  if (WIFEXITED(status)) return WEXITSTATUS(status) != 0;
  switch (WTERMSIG(status)) {
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGSEGV:
    case SIGSYS:
    case SIGTRAP:
      return true;
    default:
      return false;
  }
}

}  // namespace nano::server

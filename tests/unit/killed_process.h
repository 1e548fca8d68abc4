// What a process leaves on disk that is killed at any moment, tried at every moment that there is:
// a child runs a function, and the test kills it at its first system call, another at its second,
// and so on to the end. Between two calls nothing on disk changes.
//
// Thread: the test's own, without others (fork).
#pragma once

#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

namespace nano::test {

// Runs `work` in a child that is killed at the `calls`-th system call, before it is made. True: the
// child was killed; false: it has ended before that, with the status 0.
template <typename Work>
bool KilledAt(int calls, Work&& work) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(120);
    raise(SIGSTOP);
    work();
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSTOPPED(status));
  REQUIRE(ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) ==
          0);
  // A stop at the beginning of each call and one at its end.
  for (int stops = 0; stops < 2 * calls - 1;) {
    REQUIRE(ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) == 0);
    REQUIRE(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status)) {
      REQUIRE(WEXITSTATUS(status) == 0);
      return false;
    }
    REQUIRE(WIFSTOPPED(status));
    if (WSTOPSIG(status) == (SIGTRAP | 0x80)) ++stops;
  }
  REQUIRE(kill(child, SIGKILL) == 0);
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  return true;
}

// Has `prepare` set the stage, `work` killed at each of its system calls in turn, and `check` look
// at what is left each time. The number of calls.
template <typename Prepare, typename Work, typename Check>
int KilledAtEachCall(Prepare&& prepare, Work&& work, Check&& check) {
  for (int calls = 1;; ++calls) {
    CAPTURE(calls);
    prepare();
    const bool killed = KilledAt(calls, work);
    check(killed);
    if (!killed) return calls - 1;
  }
}

}  // namespace nano::test

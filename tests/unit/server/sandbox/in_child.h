// Runs something in a child process, because a sandbox cannot be left again. Thread: the test's.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>

namespace nano::test {

// An exception must not reach the tests, which would go on in the child.
template <typename Run>
[[noreturn]] void LeaveBy(Run&& run) noexcept {
  _exit(run());
}

// What `run` returns, a number up to 255; negative: the child was killed by that signal. No
// assertions in it: nobody would see them.
template <typename Run>
int InChild(Run&& run) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) LeaveBy(run);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

// What came of a system call: 0, or its errno.
inline int OutcomeOf(long result) { return result < 0 ? errno : 0; }

}  // namespace nano::test

// Tests of the mark by which a worker is told that it is behind.
#include "server/control/reminder.h"

#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

namespace nano::server {
namespace {

TEST_CASE("a reminder reaches a process that was forked before, once", "[control]") {
  Reminder reminder;
  CHECK(reminder.Take() == 0);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t pid = fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    char set = 0;
    const bool told = read(ends[0], &set, 1) == 1;
    const bool right = told && reminder.Take() == 7 && reminder.Take() == 0;
    _exit(right ? 0 : 1);
  }
  int status = -1;
  reminder.Set(7);
  REQUIRE(write(ends[1], "!", 1) == 1);
  REQUIRE(waitpid(pid, &status, 0) == pid);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace nano::server

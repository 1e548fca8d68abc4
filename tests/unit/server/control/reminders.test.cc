// Tests of the marks by which workers are told that they are behind.
#include "server/control/reminders.h"

#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

namespace nano::server {
namespace {

TEST_CASE("a reminder reaches the process that it is for, which was forked before, once",
          "[control]") {
  Reminders reminders(3);
  CHECK(reminders.Take(1) == 0);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t pid = fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    char set = 0;
    const bool told = read(ends[0], &set, 1) == 1;
    const bool right = told && reminders.Take(0) == 0 && reminders.Take(1) == 7 &&
                       reminders.Take(1) == 0 && reminders.Take(2) == 0;
    _exit(right ? 0 : 1);
  }
  int status = -1;
  reminders.Set(1, 7);
  REQUIRE(write(ends[1], "!", 1) == 1);
  REQUIRE(waitpid(pid, &status, 0) == pid);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("what a worker was reminded of does not reach the next one in its place", "[control]") {
  Reminders reminders(1);
  reminders.Set(0, 7);
  reminders.Set(0, 0);
  CHECK(reminders.Take(0) == 0);
}

}  // namespace
}  // namespace nano::server

// Apps that kill workers: who is blamed, and for how long it is refused.
#include "server/faults/app_faults.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace nano::server {
namespace {

TEST_CASE("what a process that died was running is known to its parent") {
  AppFaults faults({"a", "b"}, 2);
  const pid_t pid = fork();
  if (pid == 0) {
    { const AppFaults::Running running(faults, 0, 1); }
    const AppFaults::Running running(faults, 1, 0);
    _exit(1);
  }
  REQUIRE(waitpid(pid, nullptr, 0) == pid);
  CHECK_FALSE(faults.TakeRunning(0).has_value());
  CHECK(faults.TakeRunning(1) == std::optional<size_t>(0));
  CHECK_FALSE(faults.TakeRunning(1).has_value());
}

TEST_CASE("an app that keeps killing workers is refused for growing times") {
  AppFaults faults({"a", "b"}, 1);
  uint64_t now = 5000;
  CHECK_FALSE(faults.blamed(0));
  for (uint32_t death = 1; death < AppFaults::kTolerated; ++death) {
    CHECK(faults.Blame(0, now) == 0);
    CHECK(faults.RefusedFor(0, now) == 0);
  }
  CHECK(faults.blamed(0));
  uint64_t expected = AppFaults::kFirstDelayMs;
  for (; expected < AppFaults::kMaxDelayMs; expected *= 2) {
    CHECK(faults.Blame(0, now) == expected);
    CHECK(faults.RefusedFor(0, now + 1) == expected - 1);
    now += expected;
    CHECK(faults.RefusedFor(0, now) == 0);
  }
  CHECK(faults.Blame(0, now) == AppFaults::kMaxDelayMs);
  CHECK_FALSE(faults.blamed(1));
  CHECK(faults.RefusedFor(1, now) == 0);
}

TEST_CASE("deaths are forgotten when an app was all right for long enough") {
  AppFaults faults({"a"}, 1);
  uint64_t now = 0;
  for (uint32_t death = 0; death < 2 * AppFaults::kTolerated; ++death) {
    CHECK(faults.Blame(0, now) == 0);
    now += AppFaults::kMemoryMs;
  }
}

}  // namespace
}  // namespace nano::server

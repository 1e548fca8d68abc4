// Apps that kill workers: who is blamed, and for how long it is refused.
#include "server/faults/app_faults.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace nano::server {
namespace {

TEST_CASE("what a process that died was running is known to its parent") {
  AppFaults faults(2);
  const pid_t pid = fork();
  if (pid == 0) {
    { const AppFaults::Running running(faults, 0, 8); }
    const AppFaults::Running running(faults, 1, 7);
    _exit(1);
  }
  REQUIRE(waitpid(pid, nullptr, 0) == pid);
  CHECK_FALSE(faults.TakeRunning(0).has_value());
  CHECK(faults.TakeRunning(1) == std::optional<uint32_t>(7));
  CHECK_FALSE(faults.TakeRunning(1).has_value());
}

TEST_CASE("why a process ended itself is known to its parent, once") {
  AppFaults faults(2);
  const pid_t pid = fork();
  if (pid == 0) {
    faults.NoteEnd(1, {.reason = Reason::kMemoryLimit, .limit = 5, .used = 6, .unread = 7});
    _exit(1);
  }
  REQUIRE(waitpid(pid, nullptr, 0) == pid);
  CHECK_FALSE(faults.TakeEnd(0).has_value());
  const auto end = faults.TakeEnd(1);
  REQUIRE(end.has_value());
  CHECK(end->reason == Reason::kMemoryLimit);
  CHECK(end->limit == 5);
  CHECK(end->used == 6);
  CHECK(end->unread == 7);
  CHECK_FALSE(faults.TakeEnd(1).has_value());
}

TEST_CASE("an app that keeps killing workers is refused for growing times") {
  AppFaults faults(1);
  faults.Admit(7, "shop");
  uint64_t now = 5000;
  CHECK_FALSE(faults.blamed(7));
  for (uint32_t death = 1; death < AppFaults::kTolerated; ++death) {
    CHECK(faults.Blame(7, now) == 0);
    CHECK(faults.RefusedFor(7, now) == 0);
  }
  CHECK(faults.blamed(7));
  uint64_t expected = AppFaults::kFirstDelayMs;
  for (; expected < AppFaults::kMaxDelayMs; expected *= 2) {
    CHECK(faults.Blame(7, now) == expected);
    CHECK(faults.RefusedFor(7, now + 1) == expected - 1);
    now += expected;
    CHECK(faults.RefusedFor(7, now) == 0);
  }
  CHECK(faults.Blame(7, now) == AppFaults::kMaxDelayMs);
  CHECK_FALSE(faults.blamed(8));
  CHECK(faults.RefusedFor(8, now) == 0);
}

TEST_CASE("deaths are forgotten when an app was all right for long enough") {
  AppFaults faults(1);
  faults.Admit(7, "shop");
  uint64_t now = 0;
  for (uint32_t death = 0; death < 2 * AppFaults::kTolerated; ++death) {
    CHECK(faults.Blame(7, now) == 0);
    now += AppFaults::kMemoryMs;
  }
}

TEST_CASE("a version that is served no more takes its deaths and its name with it") {
  AppFaults faults(1);
  faults.Admit(7, "shop");
  CHECK(faults.name(7) == "shop");
  for (uint32_t death = 0; death < 2 * AppFaults::kTolerated; ++death) faults.Blame(7, 1);
  CHECK(faults.RefusedFor(7, 2) != 0);
  faults.Forget(7);
  CHECK_FALSE(faults.blamed(7));
  CHECK(faults.RefusedFor(7, 2) == 0);
  CHECK(faults.name(7).empty());
  CHECK_FALSE(faults.blamed(7 + AppFaults::kVersions));
  // Its last worker's end may be told of after that.
  for (uint32_t death = 0; death < 2 * AppFaults::kTolerated; ++death) {
    CHECK(faults.Blame(7, 1) == 0);
  }
  CHECK_FALSE(faults.blamed(7 + AppFaults::kVersions));
}

}  // namespace
}  // namespace nano::server

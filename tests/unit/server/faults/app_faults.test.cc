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
    CHECK(faults.Blame(7, {.now_ms = now}) == 0);
    CHECK(faults.RefusedFor(7, now) == 0);
  }
  CHECK(faults.blamed(7));
  uint64_t expected = AppFaults::kFirstDelayMs;
  for (; expected < AppFaults::kMaxDelayMs; expected *= 2) {
    CHECK(faults.Blame(7, {.now_ms = now}) == expected);
    CHECK(faults.RefusedFor(7, now + 1) == expected - 1);
    now += expected;
    CHECK(faults.RefusedFor(7, now) == 0);
  }
  CHECK(faults.Blame(7, {.now_ms = now}) == AppFaults::kMaxDelayMs);
  CHECK_FALSE(faults.blamed(8));
  CHECK(faults.RefusedFor(8, now) == 0);
}

TEST_CASE("a circuit is told as it opens, is tried and closes") {
  AppFaults faults(1);
  faults.Admit(7, "shop");
  uint64_t now = 5000;
  constexpr int64_t kTime = 1'700'000'000'000;
  CHECK_FALSE(faults.CircuitOf(7, now).has_value());
  const auto die = [&] {
    return faults.Blame(7, {.now_ms = now,
                            .time = kTime + static_cast<int64_t>(now),
                            .reason = Reason::kCpuLimit,
                            .text = "worker 1 ended"});
  };
  die();
  auto circuit = faults.CircuitOf(7, now);
  REQUIRE(circuit.has_value());
  CHECK(circuit->state == Circuit::State::kClosed);
  CHECK(circuit->deaths == 1);
  CHECK(circuit->reason == Reason::kCpuLimit);
  CHECK(circuit->last == "worker 1 ended");
  CHECK_FALSE(faults.TryAgain(7, now));

  for (uint32_t death = 1; death < AppFaults::kTolerated; ++death) die();
  circuit = faults.CircuitOf(7, now + 1);
  REQUIRE(circuit.has_value());
  CHECK(circuit->state == Circuit::State::kOpen);
  CHECK(circuit->deaths == AppFaults::kTolerated);
  CHECK(circuit->since == kTime + 5000);
  CHECK(circuit->until == kTime + 5000 + int64_t{AppFaults::kFirstDelayMs});

  now += AppFaults::kFirstDelayMs;
  circuit = faults.CircuitOf(7, now);
  REQUIRE(circuit.has_value());
  CHECK(circuit->state == Circuit::State::kTrial);
  CHECK(circuit->since == kTime + static_cast<int64_t>(now));
  CHECK(circuit->until == kTime + static_cast<int64_t>(now + AppFaults::kMemoryMs));

  // One more death, and it is open for longer; until somebody has it tried.
  CHECK(die() == 2 * AppFaults::kFirstDelayMs);
  CHECK(faults.TryAgain(7, now + 2));
  CHECK(faults.RefusedFor(7, now + 2) == 0);
  circuit = faults.CircuitOf(7, now + 2);
  REQUIRE(circuit.has_value());
  CHECK(circuit->state == Circuit::State::kTrial);
  CHECK(circuit->deaths == AppFaults::kTolerated + 1);
  CHECK_FALSE(faults.TryAgain(7, now + 2));
  CHECK_FALSE(faults.CircuitOf(7, now + 2 + AppFaults::kMemoryMs).has_value());
}

TEST_CASE("deaths are forgotten when an app was all right for long enough") {
  AppFaults faults(1);
  faults.Admit(7, "shop");
  uint64_t now = 0;
  for (uint32_t death = 0; death < 2 * AppFaults::kTolerated; ++death) {
    CHECK(faults.Blame(7, {.now_ms = now}) == 0);
    now += AppFaults::kMemoryMs;
  }
}

TEST_CASE("a version that is served no more takes its deaths and its name with it") {
  AppFaults faults(1);
  faults.Admit(7, "shop");
  CHECK(faults.name(7) == "shop");
  for (uint32_t death = 0; death < 2 * AppFaults::kTolerated; ++death)
    faults.Blame(7, {.now_ms = 1});
  CHECK(faults.RefusedFor(7, 2) != 0);
  faults.Forget(7);
  CHECK_FALSE(faults.blamed(7));
  CHECK(faults.RefusedFor(7, 2) == 0);
  CHECK(faults.name(7).empty());
  CHECK_FALSE(faults.blamed(7 + AppFaults::kVersions));
  // Its last worker's end may be told of after that.
  for (uint32_t death = 0; death < 2 * AppFaults::kTolerated; ++death) {
    CHECK(faults.Blame(7, {.now_ms = 1}) == 0);
  }
  CHECK_FALSE(faults.blamed(7 + AppFaults::kVersions));
}

}  // namespace
}  // namespace nano::server

// What the supervisor makes of a worker that does not answer.
#include "server/supervisor/pulse.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

namespace nano::server {
namespace {

using Finding = Pulse::Finding;

constexpr uint64_t kBeat = Pulse::kBeatMs;
constexpr uint64_t kBeats = Pulse::kPatienceMs / kBeat;

TEST_CASE("a worker that answers is asked at every beat") {
  Pulse pulse;
  for (int beat = 0; beat < 100; ++beat) {
    CHECK_FALSE(pulse.waiting());
    pulse.Asked();
    CHECK(pulse.waiting());
    pulse.Answered();
  }
}

TEST_CASE("who has answered has all the time again") {
  const ThreadState thread{.state = 'S', .cpu_ticks = 7};
  Pulse pulse;
  pulse.Asked();
  CHECK(pulse.Look(0, thread) == Finding::kWait);
  pulse.Answered();
  pulse.Asked();
  CHECK(pulse.Look(kBeats * kBeat, thread) == Finding::kWait);
  CHECK(pulse.Look(2 * kBeats * kBeat, thread) == Finding::kHung);
}

TEST_CASE("one that sleeps, or was stopped, and does not answer is found when patience ends") {
  const auto [state, finding] =
      GENERATE(table<char, Finding>({{'S', Finding::kHung}, {'T', Finding::kStopped}}));
  CAPTURE(state);
  const ThreadState thread{.state = state, .cpu_ticks = 7};
  Pulse pulse;
  pulse.Asked();
  CHECK(pulse.Look(0, thread) == Finding::kWait);
  for (uint64_t beat = 1; beat < kBeats; ++beat) {
    CHECK(pulse.Look(beat * kBeat, thread) == Finding::kWait);
  }
  CHECK(pulse.Look(kBeats * kBeat, thread) == finding);
}

TEST_CASE("one that computes, waits for a disk or is looked at by a debugger is left alone") {
  const auto [state, ticks_a_beat, traced] = GENERATE(table<char, uint64_t, bool>(
      {{'R', 0, false}, {'S', 1, false}, {'D', 0, false}, {'T', 0, true}, {'t', 0, true}}));
  CAPTURE(state);
  Pulse pulse;
  for (uint64_t beat = 0; beat < 100; ++beat) {
    const ThreadState thread{.state = state, .cpu_ticks = beat * ticks_a_beat, .traced = traced};
    CHECK(pulse.Look(beat * kBeat, thread) == Finding::kWait);
  }
}

TEST_CASE("patience begins anew with whatever happens") {
  Pulse pulse;
  const ThreadState stopped{.state = 'T', .cpu_ticks = 7};
  pulse.Look(0, {.state = 'S', .cpu_ticks = 7});
  CHECK(pulse.Look(kBeats * kBeat, stopped) == Finding::kWait);
  CHECK(pulse.Look((2 * kBeats - 1) * kBeat, stopped) == Finding::kWait);
  CHECK(pulse.Look(2 * kBeats * kBeat, stopped) == Finding::kStopped);
}

TEST_CASE("a thread's state is read from what the kernel says") {
  const std::string stat =
      "41 (a (b) c) S 40 41 41 0 -1 4194560 1 0 0 0 12 5 0 0 20 0 9 0 100 1 2 3\n";
  const std::string status = "Name:\ta (b) c\nTracerPid:\t0\nUid:\t0\n";
  CHECK(ParseThreadState(stat, status) == ThreadState{.state = 'S', .cpu_ticks = 17});
  CHECK(ParseThreadState(stat, "Name:\tx\nTracerPid:\t9\n")->traced);
  CHECK_FALSE(ParseThreadState("", status));
  CHECK_FALSE(ParseThreadState("41 (a) S 40 41", status));
  CHECK_FALSE(ParseThreadState("41 (a) S 40 41 41 0 -1 4194560 1 0 0 0 x 5 0", status));
}

TEST_CASE("this process has a main thread, and none has no number") {
  const auto own = MainThreadOf(getpid());
  REQUIRE(own);
  CHECK(own->state == 'R');
  CHECK_FALSE(MainThreadOf(-1));
}

}  // namespace
}  // namespace nano::server

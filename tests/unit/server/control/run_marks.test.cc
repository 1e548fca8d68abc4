// Tests of marks: one of many begins.
#include "server/control/run_marks.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace nano::server {
namespace {

TEST_CASE("A call is begun once, or taken back", "[server][control]") {
  RunMarks marks;
  CHECK_FALSE(marks.Begin(3, 1));  // Nobody has offered it.
  marks.Offer(3, 1);
  CHECK_FALSE(marks.Begin(3, 2));
  CHECK_FALSE(marks.Begin(RunMarks::kMarks, 1));
  CHECK_FALSE(marks.HasBegun(3, 1));
  CHECK(marks.Begin(3, 1));
  CHECK_FALSE(marks.Begin(3, 1));
  CHECK(marks.HasBegun(3, 1));
  CHECK_FALSE(marks.TakeBack(3, 1));
  marks.Offer(3, 2);
  CHECK_FALSE(marks.HasBegun(3, 2));
  CHECK(marks.TakeBack(3, 2));
  CHECK_FALSE(marks.Begin(3, 2));
}

TEST_CASE("Of processes that begin the same calls, one begins each", "[server][control]") {
  constexpr uint32_t kCalls = 1000;
  RunMarks marks;
  for (uint32_t i = 0; i < kCalls; ++i) marks.Offer(i, i + 1);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const auto begin_all = [&marks] {
    uint32_t begun = 0;
    for (uint32_t i = 0; i < kCalls; ++i) begun += marks.Begin(i, i + 1) ? 1 : 0;
    return begun;
  };
  const pid_t other = fork();
  REQUIRE(other >= 0);
  if (other == 0) {
    const uint32_t begun = begin_all();
    _exit(write(ends[1], &begun, sizeof begun) == ssize_t{sizeof begun} ? 0 : 1);
  }
  const uint32_t here = begin_all();
  uint32_t there = 0;
  REQUIRE(read(ends[0], &there, sizeof there) == ssize_t{sizeof there});
  waitpid(other, nullptr, 0);
  CHECK(here + there == kCalls);
}

}  // namespace
}  // namespace nano::server

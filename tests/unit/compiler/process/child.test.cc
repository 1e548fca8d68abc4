// Children: what they write, how they end.
#include "compiler/process/child.h"

#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "base/file.h"

namespace nano::compiler {
namespace {

Clock::time_point In(std::chrono::milliseconds time) { return Clock::now() + time; }
constexpr auto kLong = std::chrono::milliseconds(30'000);

TEST_CASE("output, errors and exit status of a fork") {
  std::fputs(" ", stdout);  // Not written yet, and not the child's to write.
  auto child = Child::Fork([](int output) {
    WriteAll(output, std::string(300'000, 'x'));
    std::fputs("to stderr\n", stderr);
    std::puts("to stdout");
    std::fflush(stdout);
    return 7;
  });
  REQUIRE(child.ok());
  (*child)->Finish(In(kLong));
  CHECK((*child)->status() == 7);
  CHECK((*child)->signal() == 0);
  CHECK(!(*child)->ok());
  CHECK((*child)->output().size() == 300'000);
  CHECK((*child)->errors() == "to stderr\nto stdout\n");
}

TEST_CASE("a fork that dies by a signal") {
  auto child = Child::Fork([](int) -> int { abort(); });
  REQUIRE(child.ok());
  (*child)->Finish(In(kLong));
  CHECK((*child)->signal() == SIGABRT);
  CHECK(!(*child)->timed_out());
}

TEST_CASE("a fork that does not end is killed, and what it wrote is kept") {
  auto child = Child::Fork([](int output) -> int {
    WriteAll(output, "so far");
    for (;;) pause();
  });
  REQUIRE(child.ok());
  (*child)->Finish(In(std::chrono::milliseconds(300)));
  CHECK((*child)->timed_out());
  CHECK((*child)->output() == "so far");
}

TEST_CASE("patience with a fork begins when it says so, however long that takes") {
  // More than its end takes on any machine.
  constexpr std::chrono::milliseconds kPatience(2'000);
  auto child = Child::Fork([&](int output) {
    std::this_thread::sleep_for(kPatience + std::chrono::milliseconds(300));
    WriteAll(output, "begun\n");
    return 0;
  });
  REQUIRE(child.ok());
  (*child)->FinishAfter("begun", kPatience, In(kLong));
  CHECK((*child)->ok());

  auto endless = Child::Fork([](int output) -> int {
    WriteAll(output, "begun\n");
    for (;;) pause();
  });
  REQUIRE(endless.ok());
  const Clock::time_point last = In(kLong);
  (*endless)->FinishAfter("begun", std::chrono::milliseconds(50), last);
  CHECK((*endless)->timed_out());
  CHECK(Clock::now() < last);

  auto never = Child::Fork([](int) -> int {
    for (;;) pause();
  });
  REQUIRE(never.ok());
  (*never)->FinishAfter("begun", std::chrono::milliseconds(30'000), In(kPatience / 10));
  CHECK((*never)->timed_out());
}

TEST_CASE("a fork that closes its pipes and lives on is killed too") {
  auto child = Child::Fork([](int output) -> int {
    close(output);
    close(1);
    close(2);
    for (;;) pause();
  });
  REQUIRE(child.ok());
  (*child)->Finish(In(std::chrono::milliseconds(300)));
  CHECK((*child)->timed_out());
}

TEST_CASE("a program gets its input and its directory") {
  auto child = Child::Run({"/bin/sh", "-c", "pwd; echo \"$PWD\"; cat | wc -c"}, "/usr",
                          std::string(200'000, 'a'));
  REQUIRE(child.ok());
  (*child)->Finish(In(kLong));
  CHECK((*child)->ok());
  CHECK((*child)->output() == "/usr\n/usr\n200000\n");
}

TEST_CASE("a program that does not read its input") {
  auto child = Child::Run({"/bin/true"}, "/", std::string(1'000'000, 'a'));
  REQUIRE(child.ok());
  (*child)->Finish(In(kLong));
  CHECK((*child)->ok());
}

TEST_CASE("a program that does not exist") {
  auto child = Child::Run({"/no/such/program"}, "/", "");
  REQUIRE(child.ok());
  (*child)->Finish(In(kLong));
  CHECK((*child)->status() == 127);
  CHECK((*child)->errors().find("/no/such/program") != std::string::npos);
}

TEST_CASE("several children are waited for together") {
  auto quick = Child::Fork([](int output) { return WriteAll(output, "quick") ? 0 : 1; });
  auto slow = Child::Fork([](int output) {
    usleep(200'000);
    return WriteAll(output, "slow") ? 0 : 1;
  });
  REQUIRE(quick.ok());
  REQUIRE(slow.ok());
  Child* const both[] = {quick->get(), slow->get()};
  const auto until = In(kLong);
  bool quick_first = false;
  while (!(both[0]->ended() && both[1]->ended()) && Clock::now() < until) {
    Child::Wait(both, until);
    if (both[0]->ended() && !both[1]->ended()) quick_first = true;
  }
  CHECK(quick_first);
  CHECK(both[0]->output() == "quick");
  CHECK(both[1]->output() == "slow");
}

}  // namespace
}  // namespace nano::compiler

// What ends both programs.
#include "cli/program.h"

#include <catch2/catch.hpp>
#include <stdexcept>

using namespace nano::cli;

TEST_CASE("a program's status is the process's; an exception that nobody caught is 1") {
  CHECK(RunProgram("tool", [] { return 0; }) == 0);
  CHECK(RunProgram("tool", [] { return 7; }) == 7);
  CHECK(RunProgram("tool", []() -> int { throw std::runtime_error("surprise"); }) == 1);
}

TEST_CASE("wrong usage ends with a line feed, whoever wrote it") {
  CHECK(WrongUsage("what").output == "what\n");
  CHECK(WrongUsage("what\n").output == "what\n");
  CHECK(WrongUsage("what").status == kUsageError);
}

// What the main functions of both programs do alike: printing what the command line ends with, and
// the last resort for exceptions. Owns nothing. Thread: the process's only one.
#pragma once

#include <functional>
#include <string_view>

#include "cli/exit.h"

namespace nano::cli {

// Prints `exit` where it belongs. Its status.
int Finish(const Exit& exit);

// Runs a program and gives its exit status. An exception that nobody expected (expected failures
// are Results) is told in one line, and the status is 1.
int RunProgram(std::string_view name, const std::function<int()>& program);

}  // namespace nano::cli

// The command line of `nanoc`.
//
// Plain data. Thread: the process's only one, once.
#pragma once

#include <string>
#include <variant>

#include "compiler/build/build.h"

namespace nano::compiler {

// The program is to end without doing anything: help was asked for or the usage is wrong.
struct Exit {
  int status = 0;
  std::string output;  // For stdout if `status` is 0, else for stderr.
};

inline constexpr int kUsageError = 2;

std::variant<BuildOptions, Exit> ParseArguments(int argc, const char* const* argv);

}  // namespace nano::compiler

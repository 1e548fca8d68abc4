// How a program ends that is not to do anything: its help was asked for, or its usage is wrong.
//
// Plain data. Thread: the process's only one, once.
#pragma once

#include <string>

namespace nano::cli {

struct Exit {
  int status = 0;
  std::string output;  // For stdout if `status` is 0, else for stderr.
};

inline constexpr int kUsageError = 2;

// With a line feed at the end of `output`, if it has none.
Exit WrongUsage(std::string output);

}  // namespace nano::cli

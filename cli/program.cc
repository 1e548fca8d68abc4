// To standard output and standard error.
#include "cli/program.h"

#include <cstdio>
#include <exception>
#include <string>

namespace nano::cli {

int Finish(const Exit& exit) {
  std::fputs(exit.output.c_str(), exit.status == 0 ? stdout : stderr);
  return exit.status;
}

int RunProgram(std::string_view name, const std::function<int()>& program) {
  try {
    return program();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: unexpected failure: %s (a bug in NANO)\n", std::string(name).c_str(),
                 error.what());
    return 1;
  }
}

}  // namespace nano::cli

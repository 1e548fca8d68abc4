// nanoc: the program's main function.
//
// The process never starts V8 (its children do), so that it can fork at any time.
#include <cstdio>
#include <exception>
#include <variant>

#include "compiler/arguments.h"
#include "compiler/build/build.h"
#include "runtime/engine/entry.h"

int NanoMain(int argc, char** argv) {
  using namespace nano::compiler;
  try {
    const auto parsed = ParseArguments(argc, argv);
    if (const Exit* exit = std::get_if<Exit>(&parsed)) {
      std::fputs(exit->output.c_str(), exit->status == 0 ? stdout : stderr);
      return exit->status;
    }
    return Build(std::get<BuildOptions>(parsed));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "nanoc: unexpected failure: %s (a bug in NANO)\n", error.what());
    return 1;
  }
}

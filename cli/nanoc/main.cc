// nanoc: the program's main function.
//
// The process never starts V8 (its children do), so that it can fork at any time.
#include <variant>

#include "cli/nanoc/arguments.h"
#include "cli/program.h"
#include "compiler/build/build.h"
#include "runtime/entry.h"

int NanoMain(int argc, char** argv) {
  using namespace nano;
  return cli::RunProgram("nanoc", [&] {
    const auto parsed = cli::ParseNanocArguments(argc, argv);
    if (const auto* exit = std::get_if<cli::Exit>(&parsed)) return cli::Finish(*exit);
    return compiler::Build(std::get<compiler::BuildOptions>(parsed));
  });
}

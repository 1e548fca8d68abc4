// nano: the program's main function.
#include <variant>

#include "cli/nano/arguments.h"
#include "cli/nano/ctl/ctl.h"
#include "cli/program.h"
#include "runtime/entry.h"
#include "server/serve.h"

int NanoMain(int argc, char** argv) {
  using namespace nano;
  return cli::RunProgram("nano", [&] {
    char** const copied = server::CopyArguments(argc, argv);
    auto parsed = cli::ParseNanoArguments(argc, copied);
    if (const auto* exit = std::get_if<cli::Exit>(&parsed)) return cli::Finish(*exit);
    if (const auto* ctl = std::get_if<cli::ctl::Options>(&parsed)) return cli::ctl::Run(*ctl);
    auto& options = std::get<server::ServeOptions>(parsed);
    options.command.assign(copied, copied + argc);
    return server::Serve(options);
  });
}

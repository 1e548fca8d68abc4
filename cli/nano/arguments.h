// The command line of `nano`: a variant for each of its subcommands.
//
// Plain data. Thread: the process's only one, once.
#pragma once

#include <variant>

#include "cli/exit.h"
#include "cli/nano/ctl/options.h"
#include "server/serve_options.h"

namespace nano::cli {

std::variant<server::ServeOptions, ctl::Options, Exit> ParseNanoArguments(int argc,
                                                                          const char* const* argv);

}  // namespace nano::cli

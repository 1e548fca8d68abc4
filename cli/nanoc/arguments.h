// The command line of `nanoc`: a variant for each of its subcommands.
//
// Plain data. Thread: the process's only one, once.
#pragma once

#include <variant>

#include "cli/exit.h"
#include "compiler/build/build.h"

namespace nano::cli {

std::variant<compiler::BuildOptions, Exit> ParseNanocArguments(int argc, const char* const* argv);

}  // namespace nano::cli

// Scripts by which shells complete a program's command line, made from what the program itself
// parses by, so that neither can know of an option that the other does not.
//
// Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/command_tree.h"

namespace nano::cli {

enum class Shell { kBash, kZsh, kFish };

// None: it is no name of one of them.
std::optional<Shell> ShellNamed(std::string_view name);

// The script for a program: the root of `tree`, which is called as it is named.
//
// What a value is called decides what is offered for it: FILE, DIR and DIST by what is on disk, APP
// and VERSION by what `nano ctl` says that there is, "bash|zsh|fish" one of these words. Nothing is
// offered for any other.
std::string CompletionScript(Shell shell, const Command& tree);

// Where they differ, by shell (completion_bash.cc, …).
std::string BashScript(const Command& tree);
std::string ZshScript(const Command& tree);
std::string FishScript(const Command& tree);

}  // namespace nano::cli

// The shells, and how each is told.
#include "cli/completion_arguments.h"

#include "cli/completion.h"

namespace nano::cli {
namespace {

std::string Footer(const std::string& program) {
  return "Installed with NANO where the shells look for it. Otherwise, in the shell's own startup "
         "file:\n"
         "  bash   source <(" +
         program + " completion bash)\n" + "  zsh    source <(" + program +
         " completion zsh)      behind compinit\n" + "  fish   " + program +
         " completion fish | source";
}

}  // namespace

CompletionArguments::CompletionArguments(CommandLine& line) : line_(line) {
  CLI::App& command =
      line.AddCommand("completion", "Print a script by which a shell completes the command line",
                      Footer(line.name()));
  command.add_option("SHELL", shell_, "bash, zsh or fish")->type_name("bash|zsh|fish")->required();
  command.callback([this] { written_ = true; });
}

std::optional<Exit> CompletionArguments::Take() const {
  if (!written_) return std::nullopt;
  const std::optional<Shell> shell = ShellNamed(shell_);
  if (!shell.has_value()) {
    return WrongUsage(line_.name() + ": no script for '" + shell_ +
                      "': write bash, zsh or fish\n`" + line_.name() +
                      " completion --help` shows the usage.");
  }
  return Exit{.status = 0, .output = CompletionScript(*shell, line_.Tree())};
}

}  // namespace nano::cli

// The command line of a program with subcommands, parsed with CLI11: what nano and nanoc do alike,
// so that their usage, their mistakes and their exit statuses read alike.
//
// Owns the parser; the variables that options write to are the caller's, and outlive it. Thread:
// the process's only one, once.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/command_tree.h"
#include "cli/exit.h"
#include "cli/usage.h"

namespace nano::cli {

class CommandLine {
 public:
  // `name` is the program's: "nano". `footer` stands below the options in its help. `habits`
  // outlive this.
  CommandLine(const std::string& name, const std::string& description, const std::string& footer,
              std::span<const Habit> habits);

  // Declares a subcommand. Its options are declared on what is returned, which this owns.
  CLI::App& AddCommand(const std::string& name, const std::string& description,
                       const std::string& footer);
  // One that is below another, which then needs one of them: "set" of `nano ctl env set`.
  static CLI::App& AddCommand(CLI::App& group, const std::string& name,
                              const std::string& description, const std::string& footer);

  // None: a subcommand was chosen, and its variables are set.
  std::optional<Exit> Parse(int argc, const char* const* argv);

  const std::string& name() const { return name_; }
  // All that can be written, as the help has it.
  Command Tree() const;

 private:
  Exit Conclude(const CLI::ParseError& error) const;

  const std::string name_;
  const std::span<const Habit> habits_;
  CLI::App app_;
};

}  // namespace nano::cli

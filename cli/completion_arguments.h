// The command `completion` of both programs: prints the script by which a shell completes their
// command lines.
//
// Owns the value that the parser writes. Thread: the process's only one, once.
#pragma once

#include <optional>
#include <string>

#include "cli/command_line.h"

namespace nano::cli {

class CompletionArguments {
 public:
  // Declares it; this and `line` outlive the parsing.
  explicit CompletionArguments(CommandLine& line);
  CompletionArguments(const CompletionArguments&) = delete;
  CompletionArguments& operator=(const CompletionArguments&) = delete;

  // The script, or what is wrong; none: another command was written.
  std::optional<Exit> Take() const;

 private:
  const CommandLine& line_;
  std::string shell_;
  bool written_ = false;
};

}  // namespace nano::cli

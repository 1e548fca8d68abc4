// What is said of a wrong command line: the word that is meant by none, and the nearest that is.
// The same words in both programs. Owns nothing. Thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nano::cli {

// A word or an option that people bring along from other tools, and what to do here: {"start",
// "`nano serve` starts the server."}.
struct Habit {
  std::string_view word;
  std::string_view advice;
};

struct Program {
  std::string_view name;                   // "nano"
  std::vector<std::string_view> commands;  // {"serve"}
  std::span<const Habit> habits;
};

// The first argument that names a subcommand and is none of the program's: a message with the
// nearest one. Empty: there is none, or it may be the value of an option before it; what else is
// wrong is the parser's to say.
std::string UnknownCommand(const Program& program, std::span<const char* const> arguments);

// The options of a subcommand, as they are written: "--listen".
struct CommandOptions {
  std::string command;
  std::vector<std::string> spellings;
};

// The message for the first of the arguments that the parser did not take. `commands` are those
// that were written, or all if none was; `own` are the options that need none: "--version".
std::string UnknownArgument(const Program& program, const std::vector<std::string>& arguments,
                            const std::vector<CommandOptions>& commands,
                            const std::vector<std::string>& own = {});

}  // namespace nano::cli

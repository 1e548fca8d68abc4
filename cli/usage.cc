// Messages about command lines.
#include "cli/usage.h"

#include <algorithm>

#include "config/yaml/suggest.h"

namespace nano::cli {
namespace {

std::string Quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string SeeHelp(const Program& program) {
  return "`" + std::string(program.name) + " --help` shows the usage.\n";
}

// Empty: there is none.
std::string_view AdviceFor(const Program& program, std::string_view word) {
  const auto habit = std::ranges::find(program.habits, word, &Habit::word);
  return habit == program.habits.end() ? std::string_view() : habit->advice;
}

}  // namespace

std::string UnknownCommand(const Program& program, std::span<const char* const> arguments) {
  const auto is_word = [](std::string_view argument) { return !argument.starts_with('-'); };
  const auto is_command = [&program](std::string_view argument) {
    return std::ranges::find(program.commands, argument) != program.commands.end();
  };
  const auto found = std::ranges::find_if(arguments, is_word);
  if (found == arguments.end() || is_command(*found)) return {};
  const std::string_view word = *found;
  const std::string_view near = config::Nearest(word, program.commands);
  const std::string_view advice = AdviceFor(program, word);
  // `-o dist build`, `--listen :80`: the word may belong to the option.
  if (found != arguments.begin() &&
      (std::ranges::any_of(arguments, is_command) || (near.empty() && advice.empty()))) {
    return {};
  }
  std::string text = std::string(program.name) + ": unknown subcommand " + Quoted(word) + "\n";
  if (!advice.empty()) {
    text.append(advice).append("\n");
  } else if (!near.empty()) {
    text += "Did you mean `" + std::string(program.name) + " " + std::string(near) + "`?\n";
  } else {
    text += config::Suggest(word, program.commands) + "\n";
  }
  return text + SeeHelp(program);
}

std::string UnknownArgument(const Program& program, const std::vector<std::string>& arguments,
                            const std::vector<CommandOptions>& commands,
                            const std::vector<std::string>& own) {
  const std::string_view argument = arguments.empty() ? std::string_view() : arguments.front();
  std::string text = std::string(program.name) + ": ";
  if (argument.size() < 2 || argument.front() != '-' || argument == "--") {
    return text + "unexpected argument " + Quoted(argument) + "\n" + SeeHelp(program);
  }
  const std::string_view name = argument.substr(0, argument.find('='));
  std::vector<std::string_view> candidates;
  for (const CommandOptions& command : commands) {
    if (std::ranges::find(command.spellings, name) != command.spellings.end()) {
      return text + Quoted(name) + " stands before the subcommand\nWrite it after: `" +
             std::string(program.name) + " " + command.command + " " + std::string(name) + "`.\n" +
             SeeHelp(program);
    }
    candidates.insert(candidates.end(), command.spellings.begin(), command.spellings.end());
  }
  candidates.insert(candidates.end(), own.begin(), own.end());
  text += "unknown option " + Quoted(name) + "\n";
  if (const std::string_view advice = AdviceFor(program, name); !advice.empty()) {
    text.append(advice).append("\n");
  } else if (const std::string_view near = config::Nearest(name, candidates); !near.empty()) {
    text += "Did you mean " + Quoted(near) + "?\n";
  }
  return text + SeeHelp(program);
}

}  // namespace nano::cli

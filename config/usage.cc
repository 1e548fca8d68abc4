// Messages about command lines.
#include "config/usage.h"

#include <algorithm>

#include "config/suggest.h"

namespace nano::config {
namespace {

std::string Quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string SeeHelp(const Program& program) {
  return "`" + std::string(program.name) + " --help` shows the usage.\n";
}

}  // namespace

std::string UnknownCommand(const Program& program, std::span<const char* const> arguments) {
  const auto is_word = [](std::string_view argument) { return !argument.starts_with('-'); };
  const auto is_command = [&program](std::string_view argument) {
    return std::ranges::find(program.commands, argument) != program.commands.end();
  };
  const auto found = std::ranges::find_if(arguments, is_word);
  if (found == arguments.end() || is_command(*found)) return {};
  // `-o dist build`: the word may belong to the option.
  if (found != arguments.begin() && std::ranges::any_of(arguments, is_command)) return {};
  const std::string_view word = *found;
  std::string text = std::string(program.name) + ": unknown subcommand " + Quoted(word) + "\n";
  const auto habit = std::find_if(program.habits.begin(), program.habits.end(),
                                  [&](const Habit& known) { return known.word == word; });
  if (habit != program.habits.end()) {
    text.append(habit->advice).append("\n");
  } else if (const std::string_view near = Nearest(word, program.commands); !near.empty()) {
    text += "Did you mean `" + std::string(program.name) + " " + std::string(near) + "`?\n";
  } else {
    text += Suggest(word, program.commands) + "\n";
  }
  return text + SeeHelp(program);
}

std::string UnknownArgument(const Program& program, const std::vector<std::string>& arguments,
                            const std::vector<std::string>& options) {
  const std::string_view argument = arguments.empty() ? std::string_view() : arguments.front();
  std::string text = std::string(program.name) + ": ";
  if (argument.size() < 2 || argument.front() != '-') {
    return text + "unexpected argument " + Quoted(argument) + "\n" + SeeHelp(program);
  }
  const std::string_view name = argument.substr(0, argument.find('='));
  if (std::ranges::find(options, name) != options.end()) {
    return text + Quoted(name) + " stands before the subcommand\nWrite it after: `" +
           std::string(program.name) + " " + std::string(program.commands.front()) + " " +
           std::string(name) + "`.\n" + SeeHelp(program);
  }
  text += "unknown option " + Quoted(name) + "\n";
  const std::vector<std::string_view> candidates(options.begin(), options.end());
  if (const std::string_view near = Nearest(name, candidates); !near.empty()) {
    text += "Did you mean " + Quoted(near) + "?\n";
  }
  return text + SeeHelp(program);
}

}  // namespace nano::config

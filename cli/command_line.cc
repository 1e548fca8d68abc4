// What CLI11 gives, in both programs' words.
#include "cli/command_line.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "cli/version.h"

namespace nano::cli {
namespace {

std::string WithLineFeed(std::string text) {
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

// As they are written: "--out", "-o".
std::vector<std::string> SpellingsOf(const CLI::App& app) {
  std::vector<std::string> spellings;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) spellings.push_back("--" + name);
    for (const std::string& name : option->get_snames()) spellings.push_back("-" + name);
  }
  return spellings;
}

// Those that were written; all if none was.
std::vector<const CLI::App*> CommandsMeant(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  if (!parsed.empty()) return {parsed.begin(), parsed.end()};
  return app.get_subcommands([](const CLI::App*) { return true; });
}

}  // namespace

Exit WrongUsage(std::string output) {
  return {.status = kUsageError, .output = WithLineFeed(std::move(output))};
}

CommandLine::CommandLine(const std::string& name, const std::string& description,
                         const std::string& footer, std::span<const Habit> habits)
    : name_(name), habits_(habits), app_(description, name) {
  app_.footer(footer);
  app_.set_version_flag(
      "--version", [name] { return VersionLine(name); }, "Print the version and exit");
  app_.set_help_flag("-h,--help", "Print this help and exit");
  app_.require_subcommand(1);
}

CLI::App& CommandLine::AddCommand(const std::string& name, const std::string& description,
                                  const std::string& footer) {
  CLI::App* command = app_.add_subcommand(name, description);
  command->footer(footer);
  command->set_help_flag("-h,--help", "Print this help and exit");
  return *command;
}

std::optional<Exit> CommandLine::Parse(int argc, const char* const* argv) {
  Program program{.name = name_, .commands = {}, .habits = habits_};
  for (const CLI::App* command : CommandsMeant(app_)) {
    program.commands.push_back(command->get_name());
  }
  const std::span<const char* const> words(argv + std::min(argc, 1),
                                           static_cast<size_t>(std::max(argc - 1, 0)));
  if (std::string problem = UnknownCommand(program, words); !problem.empty()) {
    return WrongUsage(std::move(problem));
  }
  if (words.empty()) return WrongUsage(app_.help());
  try {
    app_.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    return Conclude(error, program);
  }
}

Exit CommandLine::Conclude(const CLI::ParseError& error, const Program& program) const {
  if (error.get_exit_code() == 0) {  // Help, or the version.
    std::ostringstream out, unused;
    app_.exit(error, out, unused);
    return {.status = 0, .output = WithLineFeed(out.str())};
  }
  // What nobody knows goes first: it is why something else is missing.
  const std::vector<std::string> unknown = app_.remaining(/*recurse=*/true);
  if (!unknown.empty()) {
    std::vector<CommandOptions> commands;
    for (const CLI::App* command : CommandsMeant(app_)) {
      commands.push_back({.command = command->get_name(), .spellings = SpellingsOf(*command)});
    }
    return WrongUsage(UnknownArgument(program, unknown, commands, SpellingsOf(app_)));
  }
  // The options are those of the subcommand that was written, and so is the help on them.
  const auto written = app_.get_subcommands();
  const std::string usage = written.empty() ? name_ : name_ + " " + written.front()->get_name();
  return WrongUsage(name_ + ": " + WithLineFeed(error.what()) + "`" + usage +
                    " --help` shows the usage.");
}

}  // namespace nano::cli

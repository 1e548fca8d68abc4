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

std::vector<const CLI::App*> CommandsOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// Those that were written; all if none was.
std::vector<const CLI::App*> CommandsMeant(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  if (!parsed.empty()) return {parsed.begin(), parsed.end()};
  return CommandsOf(app);
}

// A program, or a group of its commands, as it is written: "nano ctl".
struct Group {
  std::string name;
  const CLI::App* app;
};

// The command of the group that one of the words names, and how many words there are up to it.
std::pair<const CLI::App*, size_t> CommandNamed(const CLI::App& group,
                                                std::span<const char* const> words) {
  const std::vector<const CLI::App*> commands = CommandsOf(group);
  for (size_t i = 0; i < words.size(); ++i) {
    const auto named = [word = std::string_view(words[i])](const CLI::App* command) {
      return command->get_name() == word;
    };
    const auto found = std::ranges::find_if(commands, named);
    if (found != commands.end()) return {*found, i + 1};
  }
  return {nullptr, 0};
}

std::vector<std::string_view> NamesOf(const std::vector<const CLI::App*>& commands) {
  std::vector<std::string_view> names;
  for (const CLI::App* command : commands) names.push_back(command->get_name());
  return names;
}

// What is wrong with the names of commands among the words; nothing: the parser has the rest.
std::optional<Exit> CheckCommands(Group group, std::span<const Habit> habits,
                                  std::span<const char* const> words) {
  std::string before;  // In the help's line of usage.
  while (true) {
    const std::vector<const CLI::App*> commands = CommandsOf(*group.app);
    const Program program{.name = group.name, .commands = NamesOf(commands), .habits = habits};
    if (std::string problem = UnknownCommand(program, words); !problem.empty()) {
      return WrongUsage(std::move(problem));
    }
    if (words.empty()) return WrongUsage(group.app->help(before));
    const auto [next, taken] = CommandNamed(*group.app, words);
    if (next == nullptr || CommandsOf(*next).empty()) return std::nullopt;
    before = group.name;
    group = {group.name + " " + next->get_name(), next};
    words = words.subspan(taken);
    habits = {};  // They are the program's.
  }
}

Command Described(const CLI::App& app) {
  Command command{.name = app.get_name(), .description = app.get_description()};
  for (const CLI::Option* option : app.get_options()) {
    Command::Option described{.description = option->get_description(),
                              .value = option->get_type_name()};
    for (const std::string& name : option->get_lnames()) described.spellings.push_back("--" + name);
    for (const std::string& name : option->get_snames()) described.spellings.push_back("-" + name);
    described.takes_value = option->get_items_expected_max() > 0;
    described.repeats = option->get_expected_max() > 1;
    if (option->get_positional()) {
      if (described.value.empty()) described.value = option->get_name(true);
      command.arguments.push_back(std::move(described));
    } else {
      command.options.push_back(std::move(described));
    }
  }
  for (const CLI::App* below : CommandsOf(app)) command.commands.push_back(Described(*below));
  return command;
}

}  // namespace

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
  return AddCommand(app_, name, description, footer);
}

CLI::App& CommandLine::AddCommand(CLI::App& group, const std::string& name,
                                  const std::string& description, const std::string& footer) {
  group.require_subcommand(1);
  CLI::App* command = group.add_subcommand(name, description);
  command->footer(footer);
  command->set_help_flag("-h,--help", "Print this help and exit");
  return *command;
}

Command CommandLine::Tree() const { return Described(app_); }

std::optional<Exit> CommandLine::Parse(int argc, const char* const* argv) {
  const std::span<const char* const> words(argv + std::min(argc, 1),
                                           static_cast<size_t>(std::max(argc - 1, 0)));
  if (std::optional<Exit> wrong = CheckCommands({name_, &app_}, habits_, words)) return wrong;
  try {
    app_.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    return Conclude(error);
  }
}

Exit CommandLine::Conclude(const CLI::ParseError& error) const {
  if (error.get_exit_code() == 0) {  // Help, or the version.
    std::ostringstream out, unused;
    app_.exit(error, out, unused);
    return {.status = 0, .output = WithLineFeed(out.str())};
  }
  // The group whose command was written, or was to be.
  Group group{name_, &app_};
  std::string usage = name_;
  for (const CLI::App* app = &app_; !app->get_subcommands().empty();) {
    app = app->get_subcommands().front();
    if (!CommandsOf(*app).empty()) group = {usage + " " + app->get_name(), app};
    usage += " " + app->get_name();
  }
  // What nobody knows goes first: it is why something else is missing.
  const std::vector<std::string> unknown = app_.remaining(/*recurse=*/true);
  if (!unknown.empty()) {
    const std::vector<const CLI::App*> meant = CommandsMeant(*group.app);
    std::vector<CommandOptions> commands;
    for (const CLI::App* command : meant) {
      commands.push_back({.command = command->get_name(), .spellings = SpellingsOf(*command)});
    }
    const Program program{.name = group.name, .commands = NamesOf(meant), .habits = habits_};
    return WrongUsage(UnknownArgument(program, unknown, commands, SpellingsOf(app_)));
  }
  // The options are those of the subcommand that was written, and so is the help on them.
  return WrongUsage(name_ + ": " + WithLineFeed(error.what()) + "`" + usage +
                    " --help` shows the usage.");
}

}  // namespace nano::cli

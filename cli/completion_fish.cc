// For fish: one `complete` for each command, option and argument, with the place where it fits.
#include "cli/completion.h"
#include "cli/completion_text.h"

namespace nano::cli {
namespace {

// In single quotes of fish, where a backslash escapes itself and a quote.
std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// The arguments of `complete` by which a value is offered.
std::string ValueOf(const std::string& program, const std::string& value) {
  if (value == "FILE") return " -F";
  if (value == "DIR" || value == "DIST") {
    return " -f -a '(__fish_complete_directories (commandline -ct))'";
  }
  if (value == "APP") return std::string(" -f -a '(") + kListApps + ")'";
  if (value == "VERSION") return " -f -a '(__" + program + "_versions)'";
  const std::vector<std::string> choices = ChoicesOf(value);
  if (choices.empty()) return " -f";
  return " -f -a " + Quoted(WordsOf(choices));
}

std::string Lines(const std::string& program, const std::string& path, const Command& command) {
  const std::string begin = "complete -c " + program + " -n ";
  const std::string here = begin + Quoted("__" + program + "_at " + Quoted(path));
  std::string text;
  for (const Command& below : command.commands) {
    text += here + " -f -a " + below.name + " -d " + Quoted(below.description) + "\n";
  }
  for (const Command::Option& option : command.options) {
    text += here;
    for (const std::string& spelling : option.spellings) {
      const bool is_long = spelling.starts_with("--");
      text += is_long ? " -l " + spelling.substr(2) : " -s " + spelling.substr(1);
    }
    if (option.takes_value) text += " -r" + ValueOf(program, option.value);
    text += " -d " + Quoted(option.description) + "\n";
  }
  for (size_t i = 0; i < command.arguments.size(); ++i) {
    const Command::Option& argument = command.arguments[i];
    const std::string number = std::to_string(i) + (argument.repeats ? " more" : "");
    text += begin + Quoted("__" + program + "_at " + Quoted(path) + " " + number) +
            ValueOf(program, argument.value) + "\n";
  }
  return text;
}

// The same walk as bash's: the command that was written, and its arguments.
std::string Walk(const std::string& name, const std::string& commands, const std::string& valued) {
  return "function __" + name + "_words\n  set -l path " + name +
         "\n  set -l arguments\n  set -l skip 0\n  for word in (commandline -opc)[2..-1]\n"
         "    if test $skip = 1\n      set skip 0\n"
         "    else if contains -- \"$path $word\" " +
         valued + "\n      set skip 1\n    else if contains -- \"$path $word\" " + commands +
         "\n      set path \"$path $word\"\n"
         "    else if not string match -q -- '-*' $word\n      set -a arguments $word\n"
         "    end\n  end\n  printf '%s\\n' $path $arguments\nend\n";
}

std::string Helpers(const std::string& name) {
  return "# At a command; with a number, at its argument of that number, or a later one.\nfunction "
         "__" +
         name + "_at\n  set -l words (__" + name +
         "_words)\n  test \"$words[1]\" = $argv[1]; or return 1\n"
         "  set -l count (math (count $words) - 1)\n"
         "  switch (count $argv)\n    case 1\n      return 0\n"
         "    case 2\n      test $count -eq $argv[2]\n"
         "    case '*'\n      test $count -ge $argv[2]\n  end\nend\n"
         "function __" +
         name + "_versions\n  set -l words (__" + name + "_words)\n  " + kListVersions +
         "$words[2] 2>/dev/null\nend\n";
}

}  // namespace

std::string FishScript(const Command& tree) {
  const std::string& name = tree.name;
  std::string commands = "''";
  std::string valued = "''";
  std::string lines;
  ForEachCommand(tree, [&](const std::string& path, const Command& command) {
    for (const Command& below : command.commands) {
      commands += " " + Quoted(path + " " + below.name);
    }
    for (const Command::Option& option : command.options) {
      if (!option.takes_value) continue;
      for (const std::string& spelling : option.spellings) {
        valued += " " + Quoted(path + " " + spelling);
      }
    }
    lines += Lines(name, path, command);
  });
  return "# Completion of " + name + " for fish, made by `" + name + " completion fish`.\n" +
         Walk(name, commands, valued) + Helpers(name) + "complete -c " + name + " -f\n" + lines;
}

}  // namespace nano::cli

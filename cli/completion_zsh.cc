// For zsh: a function for each command, with what its options are for.
#include "cli/completion.h"
#include "cli/completion_text.h"

namespace nano::cli {
namespace {

// "_nano_ctl_env" of "nano ctl env".
std::string FunctionOf(std::string path) {
  for (char& c : path) {
    if (c == ' ' || c == '-') c = '_';
  }
  return "_" + path;
}

// A text that stands in brackets, or before a colon.
std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// What completes a value: an action of _arguments.
std::string ActionOf(const std::string& program, const std::string& value) {
  if (value == "FILE") return "_files";
  if (value == "DIR" || value == "DIST") return "_files -/";
  if (value == "APP") return "_" + program + "_complete_app";
  if (value == "VERSION") return "_" + program + "_complete_version";
  const std::vector<std::string> choices = ChoicesOf(value);
  return choices.empty() ? " " : "(" + WordsOf(choices) + ")";
}

std::string OptionSpec(const std::string& program, const Command::Option& option) {
  std::string rest = "[" + Escaped(option.description) + "]";
  if (option.takes_value) {
    rest += ":" + Escaped(option.value) + ":" + ActionOf(program, option.value);
  }
  if (option.repeats) {
    std::string specs;
    for (const std::string& spelling : option.spellings) {
      specs += " \\\n    " + ShellQuoted("*" + spelling + rest);
    }
    return specs;
  }
  // Once; and of two spellings either.
  const std::string once = "(" + WordsOf(option.spellings) + ")";
  std::string specs;
  for (const std::string& spelling : option.spellings) {
    specs += " \\\n    " + ShellQuoted(once + spelling + rest);
  }
  return specs;
}

std::string FunctionText(const std::string& program, const std::string& path,
                         const Command& command) {
  std::string text = FunctionOf(path) + "() {\n  local context state state_descr line\n" +
                     "  typeset -A opt_args\n";
  std::string commands;
  std::string calls;
  for (const Command& below : command.commands) {
    commands += "        " + ShellQuoted(Escaped(below.name) + ":" + below.description) + "\n";
    calls += "        " + below.name + ") " + FunctionOf(path + " " + below.name) + " ;;\n";
  }
  text += "  _arguments -C";
  for (const Command::Option& option : command.options) text += OptionSpec(program, option);
  for (const Command::Option& argument : command.arguments) {
    text += " \\\n    " +
            ShellQuoted(std::string(argument.repeats ? "*" : "") + ":" +
                        Escaped(argument.description) + ":" + ActionOf(program, argument.value));
  }
  if (commands.empty()) return text + "\n}\n";
  text += " \\\n    '1: :->command' \\\n    '*:: :->rest'\n  case $state in\n    command)\n";
  text += "      local -a commands=(\n" + commands + "      )\n";
  text += "      _describe command commands\n      ;;\n    rest)\n      case $line[1] in\n";
  return text + calls + "      esac\n      ;;\n  esac\n}\n";
}

// Those that ask the server.
std::string Helpers(const std::string& program) {
  const std::string begin = "_" + program + "_complete_";
  return begin + "app() {\n  local -a apps=(${(f)\"$(" + kListApps +
         ")\"})\n  compadd -a apps\n}\n" + begin + "version() {\n  local -a versions=(${(f)\"$(" +
         kListVersions +
         "\"${${(@)words[2,-1]:#-*}[1]}\" 2>/dev/null)\"})\n  compadd -a versions\n}\n";
}

}  // namespace

std::string ZshScript(const Command& tree) {
  const std::string& name = tree.name;
  std::string text = "#compdef " + name + "\n# Completion of " + name + " for zsh, made by `" +
                     name + " completion zsh`.\n";
  text += Helpers(name);
  ForEachCommand(tree, [&](const std::string& path, const Command& command) {
    text += FunctionText(name, path, command);
  });
  // Autoloaded from a file of that name, this is the function's first call; sourced, it is not.
  return text + "if [[ $funcstack[1] == _" + name + " ]]; then\n  _" + name +
         " \"$@\"\nelse\n  compdef _" + name + " " + name + "\nfi\n";
}

}  // namespace nano::cli

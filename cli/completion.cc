// What the shells have in common.
#include "cli/completion.h"

#include "cli/completion_text.h"

namespace nano::cli {
namespace {

void Visit(const Command& command, const std::string& path,
           const std::function<void(const std::string&, const Command&)>& visit) {
  visit(path, command);
  for (const Command& below : command.commands) Visit(below, path + " " + below.name, visit);
}

}  // namespace

std::optional<Shell> ShellNamed(std::string_view name) {
  if (name == "bash") return Shell::kBash;
  if (name == "zsh") return Shell::kZsh;
  if (name == "fish") return Shell::kFish;
  return std::nullopt;
}

std::string CompletionScript(Shell shell, const Command& tree) {
  switch (shell) {
    case Shell::kBash:
      return BashScript(tree);
    case Shell::kZsh:
      return ZshScript(tree);
    case Shell::kFish:
      break;
  }
  return FishScript(tree);
}

std::string ShellQuoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string WordsOf(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> ChoicesOf(std::string_view value) {
  std::vector<std::string> choices;
  if (value.find('|') == value.npos) return choices;
  while (true) {
    const size_t end = value.find('|');
    choices.emplace_back(value.substr(0, end));
    if (end == value.npos) return choices;
    value.remove_prefix(end + 1);
  }
}

void ForEachCommand(const Command& program,
                    const std::function<void(const std::string&, const Command&)>& visit) {
  Visit(program, program.name, visit);
}

}  // namespace nano::cli

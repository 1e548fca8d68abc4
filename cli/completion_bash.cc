// For bash: a function that finds the command in the words before, and looks up what can come next.
#include "cli/completion.h"
#include "cli/completion_text.h"

namespace nano::cli {
namespace {

// Patterns of a case, and what is done for each.
class Arms {
 public:
  explicit Arms(std::string indent) : indent_(std::move(indent)) {}

  void Add(const std::string& pattern, const std::string& commands) {
    if (pattern.empty()) return;
    text_ += indent_ + pattern + ") " + commands + " ;;\n";
  }
  const std::string& text() const { return text_; }

 private:
  const std::string indent_;
  std::string text_;
};

// 'nano serve --listen' | 'nano serve -l'
std::string Patterns(const std::string& path, const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : " | ") + ShellQuoted(path + " " + word);
  }
  return text;
}

// All that the tree knows, as arms of the function's cases.
struct Tables {
  Arms skipped{"      "};  // By path and word: options whose value is the next word …
  Arms entered{"      "};  // … and commands.
  Arms words{"    "};      // By path: options, and commands below.
  Arms values{"    "};     // By path and option: what its value is.
  Arms arguments{"    "};  // By path and number: what the argument is.
  Arms choices{"    "};    // By what a value is.
};

void AddCommand(Tables& tables, const std::string& path, const Command& command) {
  std::vector<std::string> below;
  std::vector<std::string> options;
  for (const Command& other : command.commands) below.push_back(other.name);
  tables.entered.Add(Patterns(path, below), "path+=\" $word\"");
  for (const Command::Option& option : command.options) {
    options.insert(options.end(), option.spellings.begin(), option.spellings.end());
    if (!option.takes_value) continue;
    const std::string patterns = Patterns(path, option.spellings);
    tables.skipped.Add(patterns, "i+=1");
    tables.values.Add(patterns, "kind=" + ShellQuoted(option.value));
  }
  tables.words.Add(ShellQuoted(path), "options=" + ShellQuoted(WordsOf(options)) +
                                          " below=" + ShellQuoted(WordsOf(below)));
  for (size_t i = 0; i < command.arguments.size(); ++i) {
    const Command::Option& argument = command.arguments[i];
    // A repeated one is the last one, for each word that is left.
    const std::string number = argument.repeats ? "*" : ShellQuoted(std::to_string(i));
    tables.arguments.Add(ShellQuoted(path + " ") + number, "kind=" + ShellQuoted(argument.value));
    const std::vector<std::string> choices = ChoicesOf(argument.value);
    if (choices.empty()) continue;
    tables.choices.Add(ShellQuoted(argument.value),
                       "reply=$(compgen -W " + ShellQuoted(WordsOf(choices)) + " -- \"$current\")");
  }
}

constexpr char kWalk[] = R"(
  # The command that the words before it name, and how many arguments of it there are.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case "$path $word" in
)";

// ":" and "=" are words of their own to bash: what is behind them belongs to what was before.
constexpr char kRestOfWalk[] = R"(      *' :' | *' =') i+=1 ;;
      *' -'*) ;;
      *)
        [[ -z $first ]] && first=$word
        count+=1
        ;;
    esac
  done
  case "$path $previous" in
)";

constexpr char kPaths[] = R"(  esac
  case $path in
)";

constexpr char kChoose[] = R"(  esac
  if [[ -z $kind ]]; then
    if [[ $current == -* ]]; then
      mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
      return
    fi
    if [[ -n $below ]]; then
      mapfile -t COMPREPLY < <(compgen -W "$below" -- "$current")
      return
    fi
    case "$path $count" in
)";

constexpr char kKinds[] = R"(    esac
  fi
  case $kind in
    FILE)
      compopt -o filenames 2>/dev/null
      reply=$(compgen -f -- "$current")
      ;;
    DIR | DIST)
      compopt -o filenames 2>/dev/null
      reply=$(compgen -d -- "$current")
      ;;
)";

}  // namespace

std::string BashScript(const Command& tree) {
  Tables tables;
  ForEachCommand(tree, [&tables](const std::string& path, const Command& command) {
    AddCommand(tables, path, command);
  });
  tables.choices.Add("APP",
                     std::string("reply=$(compgen -W \"$(") + kListApps + ")\" -- \"$current\")");
  tables.choices.Add("VERSION", std::string("reply=$(compgen -W \"$(") + kListVersions +
                                    "\"$first\" 2>/dev/null)\" -- \"$current\")");
  const std::string& name = tree.name;
  std::string text = "# Completion of " + name + " for bash, made by `" + name +
                     " completion bash`.\n_" + name + "() {\n";
  text += "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n";
  text += "  local path=" + name + " word='' first='' kind='' options='' below='' reply=''\n";
  text += "  local -i i count=0\n  COMPREPLY=()\n";
  text += kWalk + tables.skipped.text() + tables.entered.text() + kRestOfWalk;
  text += tables.values.text() + kPaths + tables.words.text() + kChoose;
  for (std::string_view rest = tables.arguments.text(); !rest.empty();) {
    const size_t end = rest.find('\n') + 1;
    text.append("  ").append(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  text += kKinds + tables.choices.text();
  text += "  esac\n  [[ -n $reply ]] && mapfile -t COMPREPLY <<<\"$reply\"\n}\n";
  return text + "complete -F _" + name + " " + name + "\n";
}

}  // namespace nano::cli

// Scripts that know what the parser knows.
#include "cli/completion.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "cli/completion_text.h"
#include "cli/nano/arguments.h"
#include "cli/nanoc/arguments.h"

namespace nano::cli {
namespace {

using Catch::Contains;

template <typename Parse>
std::string ScriptOf(const Parse& parse, const char* program, const char* shell) {
  const std::vector<const char*> words = {program, "completion", shell};
  auto parsed = parse(static_cast<int>(words.size()), words.data());
  REQUIRE(std::holds_alternative<Exit>(parsed));
  CHECK(std::get<Exit>(parsed).status == 0);
  return std::get<Exit>(parsed).output;
}

// What a program's own help says that can be written.
template <typename Parse>
std::vector<std::string> SpellingsIn(const Parse& parse, std::vector<const char*> words) {
  words.push_back("--help");
  auto parsed = parse(static_cast<int>(words.size()), words.data());
  const std::string help = std::get<Exit>(parsed).output;
  std::vector<std::string> spellings;
  for (size_t at = 0; (at = help.find("--", at)) != help.npos;) {
    const size_t end = help.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at);
    if (end > at + 2) spellings.push_back(help.substr(at + 2, end - at - 2));
    at = end;
  }
  return spellings;
}

TEST_CASE("what the help lists is in the script for each shell") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    INFO(shell);
    const std::string script = ScriptOf(ParseNanoArguments, "nano", shell);
    for (const std::vector<const char*>& command : {std::vector<const char*>{"nano", "serve"},
                                                    {"nano", "ctl", "status"},
                                                    {"nano", "ctl", "deploy"},
                                                    {"nano", "ctl", "canary"},
                                                    {"nano", "ctl", "secret", "set"},
                                                    {"nano", "ctl", "logs"}}) {
      const std::vector<std::string> spellings = SpellingsIn(ParseNanoArguments, command);
      CHECK(spellings.size() > 4);
      for (const std::string& spelling : spellings) CHECK_THAT(script, Contains(spelling));
    }
    const std::string other = ScriptOf(ParseNanocArguments, "nanoc", shell);
    for (const std::string& spelling : SpellingsIn(ParseNanocArguments, {"nanoc", "build"})) {
      CHECK_THAT(other, Contains(spelling));
    }
  }
}

TEST_CASE("descriptions with quotes, brackets and colons stay in their places") {
  const Command tree{.name = "tool",
                     .commands = {{.name = "run",
                                   .description = "It's a [test]: \\ 'quoted'",
                                   .options = {{.spellings = {"--file", "-f"},
                                                .description = "[A] file's: name",
                                                .value = "FILE",
                                                .takes_value = true}}}}};
  CHECK_THAT(ZshScript(tree), Contains("--file[\\[A\\] file'\\''s\\: name]:FILE:_files'"));
  CHECK_THAT(FishScript(tree), Contains("-l file -s f -r -F -d '[A] file\\'s: name'"));
  CHECK_THAT(BashScript(tree), Contains("'tool run --file' | 'tool run -f') kind='FILE'"));
  CHECK(ShellQuoted("it's") == "'it'\\''s'");
}

TEST_CASE("values that are one of some words are these words") {
  CHECK(ChoicesOf("bash|zsh|fish") == std::vector<std::string>{"bash", "zsh", "fish"});
  CHECK(ChoicesOf("FILE").empty());
  CHECK(ShellNamed("zsh") == Shell::kZsh);
  CHECK_FALSE(ShellNamed("ZSH").has_value());
}

}  // namespace
}  // namespace nano::cli

// What is said of a wrong command line.
#include "cli/usage.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace nano::cli;
using Catch::Contains;
using Catch::StartsWith;

namespace {

constexpr Habit kHabits[] = {{"start", "`tool serve` starts it."}, {"-v", "`tool --version`"}};
const Program kProgram{.name = "tool", .commands = {"build", "serve"}, .habits = kHabits};

std::string Said(const std::vector<const char*>& arguments) {
  return UnknownCommand(kProgram, arguments);
}

}  // namespace

TEST_CASE("an unknown subcommand is named, with the nearest, or with what people mean by it") {
  CHECK_THAT(Said({"biuld", "app"}), StartsWith("tool: unknown subcommand 'biuld'\n") &&
                                         Contains("Did you mean `tool build`?"));
  CHECK_THAT(Said({"--json", "biuld"}), Contains("'biuld'"));
  CHECK_THAT(Said({"start"}), Contains("'start'") && Contains("`tool serve` starts it."));
  CHECK_THAT(Said({"frobnicate"}),
             Contains("'frobnicate'") && Contains("build") && Contains("serve"));
  CHECK_THAT(Said({""}), Contains("''"));
  for (const std::string& text : {Said({"biuld"}), Said({"start"}), Said({"frobnicate"})}) {
    CHECK_THAT(text, Catch::EndsWith("`tool --help` shows the usage.\n"));
  }
}

TEST_CASE("a subcommand of the program's, wherever it stands, is left to the parser") {
  CHECK(Said({}).empty());
  CHECK(Said({"build", "biuld"}).empty());
  CHECK(Said({"--help"}).empty());
  CHECK(Said({"-o", "dist", "build"}).empty());
  CHECK(Said({"--listen", ":80"}).empty());
}

TEST_CASE("an argument that nothing takes is named, with the nearest option") {
  const std::vector<CommandOptions> options = {{"serve", {"--port"}},
                                               {"build", {"--out", "-o", "--timeout"}}};
  CHECK_THAT(UnknownArgument(kProgram, {"--tiemout=3"}, options),
             Contains("unknown option '--tiemout'\nDid you mean '--timeout'?"));
  CHECK_THAT(UnknownArgument(kProgram, {"--frobnicate"}, options),
             Contains("unknown option '--frobnicate'\n`tool --help`"));
  CHECK_THAT(UnknownArgument(kProgram, {"-o"}, options),
             Contains("'-o' stands before the subcommand") && Contains("`tool build -o`"));
  CHECK_THAT(UnknownArgument(kProgram, {"word"}, options), Contains("unexpected argument 'word'"));
  CHECK_THAT(UnknownArgument(kProgram, {"--"}, options), Contains("unexpected argument '--'"));
  CHECK_THAT(UnknownArgument(kProgram, {"-v"}, options),
             Contains("unknown option '-v'\n`tool --version`"));
  CHECK_THAT(UnknownArgument(kProgram, {"--hlep"}, options, {"--help"}),
             Contains("unknown option '--hlep'\nDid you mean '--help'?"));
}

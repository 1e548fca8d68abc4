// What `nanoc` takes, and what it says of the rest.
#include "cli/nanoc/arguments.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace nano::cli {
namespace {

std::variant<compiler::BuildOptions, Exit> Parse(std::vector<const char*> words) {
  words.insert(words.begin(), "nanoc");
  return ParseNanocArguments(static_cast<int>(words.size()), words.data());
}

compiler::BuildOptions Built(std::vector<const char*> words) {
  words.insert(words.begin(), "build");
  auto parsed = Parse(std::move(words));
  REQUIRE(std::holds_alternative<compiler::BuildOptions>(parsed));
  return std::get<compiler::BuildOptions>(parsed);
}

std::string Refused(std::vector<const char*> words) {
  auto parsed = Parse(std::move(words));
  REQUIRE(std::holds_alternative<Exit>(parsed));
  CHECK(std::get<Exit>(parsed).status == kUsageError);
  CHECK(std::get<Exit>(parsed).output.ends_with('\n'));
  return std::get<Exit>(parsed).output;
}

TEST_CASE("options of nanoc build are read") {
  const compiler::BuildOptions none = Built({});
  CHECK(none.directories.empty());
  CHECK(none.config.empty());
  CHECK(none.out.empty());
  CHECK(none.timeout.count() == 0);
  CHECK(none.jobs == 0);
  CHECK_FALSE((none.keep_going || none.no_cache || none.prune || none.quiet || none.json));

  const compiler::BuildOptions all =
      Built({"a", "-o", "out", "b", "--timeout", "5m", "--jobs", "3", "--keep-going", "--no-cache",
             "--prune", "-q", "--json"});
  CHECK(all.directories == std::vector<std::string>{"a", "b"});
  CHECK(all.out == "out");
  CHECK(all.timeout == std::chrono::minutes(5));
  CHECK(all.jobs == 3);
  CHECK((all.keep_going && all.no_cache && all.prune && all.quiet && all.json));
  CHECK(Built({"--config", "x.yaml"}).config == "x.yaml");
}

TEST_CASE("wrong usage of nanoc ends with status 2 and says what is wrong") {
  CHECK_THAT(Refused({}), Catch::Contains("Usage: nanoc"));
  CHECK_THAT(
      Refused({"build", "--jobs", "0"}),
      Catch::StartsWith("nanoc: --jobs: ") && Catch::EndsWith("`nanoc build --help` shows the "
                                                              "usage.\n"));
  CHECK_THAT(Refused({"build", "--timeout", "0s"}), Catch::Contains("more than nothing"));
  CHECK_THAT(Refused({"build", "--timeout", "soon"}), Catch::Contains("'soon'"));
  CHECK_THAT(Refused({"build", "--config", "x", "y"}), Catch::Contains("DIR excludes --config"));
  CHECK_THAT(Refused({"serve"}), Catch::Contains("`nano serve` serves"));
  CHECK_THAT(Refused({"build", "--tiemout=3"}), Catch::Contains("Did you mean '--timeout'?"));
  CHECK_THAT(
      Refused({"-o", "out", "build"}),
      Catch::Contains("'-o' stands before the subcommand") && Catch::Contains("`nanoc build -o`"));
  CHECK_THAT(Refused({"-v"}), Catch::Contains("Write `nanoc --version`."));
}

TEST_CASE("help and version of nanoc end with status 0") {
  const Exit help = std::get<Exit>(Parse({"build", "--help"}));
  CHECK(help.status == 0);
  CHECK_THAT(help.output, Catch::Contains("--timeout") && Catch::Contains("Examples:"));
  const Exit version = std::get<Exit>(Parse({"--version"}));
  CHECK(version.status == 0);
  CHECK_THAT(version.output, Catch::StartsWith("nanoc ") && Catch::EndsWith(")\n"));
}

}  // namespace
}  // namespace nano::cli

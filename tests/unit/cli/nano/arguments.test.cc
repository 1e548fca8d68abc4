// What `nano` takes, and what it says of the rest.
#include "cli/nano/arguments.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace nano::cli {
namespace {

std::variant<server::ServeOptions, ctl::Options, Exit> Parse(std::vector<const char*> words) {
  words.insert(words.begin(), "nano");
  return ParseNanoArguments(static_cast<int>(words.size()), words.data());
}

server::ServeOptions Serve(std::vector<const char*> words) {
  words.insert(words.begin(), "serve");
  auto parsed = Parse(std::move(words));
  REQUIRE(std::holds_alternative<server::ServeOptions>(parsed));
  return std::get<server::ServeOptions>(parsed);
}

std::string Refused(std::vector<const char*> words) {
  auto parsed = Parse(std::move(words));
  REQUIRE(std::holds_alternative<Exit>(parsed));
  CHECK(std::get<Exit>(parsed).status == kUsageError);
  CHECK(std::get<Exit>(parsed).output.ends_with('\n'));
  return std::get<Exit>(parsed).output;
}

TEST_CASE("options of nano serve are read") {
  const server::ServeOptions none = Serve({});
  CHECK_FALSE(none.dist.has_value());
  CHECK_FALSE(none.config.has_value());
  CHECK_FALSE(none.workers.has_value());
  CHECK(none.listen.empty());
  CHECK_FALSE(none.admin.has_value());
  CHECK_FALSE(none.watch.has_value());

  const server::ServeOptions all =
      Serve({"--listen", ":80", "out", "--workers", "3", "--config", "c.yaml", "--listen=[::1]:0"});
  CHECK(all.dist == "out");
  CHECK(all.config == "c.yaml");
  CHECK(all.workers == 3);
  REQUIRE(all.listen.size() == 2);
  CHECK(all.listen[0].ToString() == ":80");
  CHECK(all.listen[1].ToString() == "[::1]:0");
  CHECK(Serve({"--watch"}).watch == true);
  CHECK(Serve({"--no-watch"}).watch == false);
  CHECK(Serve({"--admin", "off"}).admin->ToString() == "off");
  CHECK(Serve({"--admin=unix:a.sock", "dist"}).admin->ToString() == "unix:a.sock");
}

TEST_CASE("wrong usage of nano ends with status 2 and says what is wrong") {
  const std::vector<std::vector<const char*>> wrong = {
      {},
      {"swerve"},
      {"serve", "--no-such-flag"},
      {"serve", "a", "b"},
      {"serve", "--workers", "0"},
      {"serve", "--workers", "many"},
      {"serve", "--listen"},
      {"serve", "--listen", "127.0.0.1"},
      {"serve", "--listen", "127.0.0.1:99999"},
      {"serve", "--admin", "on"},
      {"serve", "--admin", "unix:"},
  };
  for (const auto& words : wrong) CHECK(Refused(words).size() > 10);
  CHECK_THAT(Refused({"serve", "--workers", "0"}),
             Catch::EndsWith("`nano serve --help` shows the usage.\n"));
}

TEST_CASE("what nobody knows is named, with and without a subcommand") {
  CHECK_THAT(Refused({"--verson"}), Catch::Contains("'--verson'\nDid you mean '--version'?"));
  CHECK_THAT(Refused({"-v"}), Catch::Contains("unknown option '-v'\nWrite `nano --version`."));
  CHECK_THAT(Refused({"serve", "--version"}), Catch::Contains("Write `nano --version`."));
  CHECK_THAT(Refused({"--hlep", "serve"}), Catch::Contains("Did you mean '--help'?"));
  CHECK_THAT(Refused({"--listen", ":80"}),
             Catch::Contains("'--listen' stands before the subcommand"));
}

TEST_CASE("help and version of nano end with status 0") {
  const Exit help = std::get<Exit>(Parse({"serve", "--help"}));
  CHECK(help.status == 0);
  CHECK(help.output.find("--listen") != std::string::npos);
  CHECK(help.output.find("Examples:") != std::string::npos);
  const Exit version = std::get<Exit>(Parse({"--version"}));
  CHECK(version.status == 0);
  CHECK(version.output.starts_with("nano "));
}

}  // namespace
}  // namespace nano::cli

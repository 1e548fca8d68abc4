// The command line, and what goes before what.
#include "server/settings.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "server/arguments.h"

namespace nano::server {
namespace {

std::variant<ServeArguments, Exit> Parse(std::vector<const char*> words) {
  words.insert(words.begin(), "nano");
  return ParseArguments(static_cast<int>(words.size()), words.data());
}

ServeArguments Serve(std::vector<const char*> words) {
  words.insert(words.begin(), "serve");
  auto parsed = Parse(std::move(words));
  REQUIRE(std::holds_alternative<ServeArguments>(parsed));
  return std::get<ServeArguments>(parsed);
}

TEST_CASE("flags are read") {
  const ServeArguments none = Serve({});
  CHECK_FALSE(none.dist.has_value());
  CHECK_FALSE(none.config.has_value());
  CHECK_FALSE(none.workers.has_value());
  CHECK(none.listen.empty());

  const ServeArguments all =
      Serve({"--listen", ":80", "out", "--workers", "3", "--config", "c.yaml", "--listen=[::1]:0"});
  CHECK(all.dist == "out");
  CHECK(all.config == "c.yaml");
  CHECK(all.workers == 3);
  REQUIRE(all.listen.size() == 2);
  CHECK(all.listen[0].ToString() == ":80");
  CHECK(all.listen[1].ToString() == "[::1]:0");
}

TEST_CASE("wrong usage ends with status 2 and says what is wrong") {
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
  };
  for (const auto& words : wrong) {
    auto parsed = Parse(words);
    REQUIRE(std::holds_alternative<Exit>(parsed));
    const Exit& exit = std::get<Exit>(parsed);
    CAPTURE(exit.output);
    CHECK(exit.status == kUsageError);
    CHECK(exit.output.size() > 10);
    CHECK(exit.output.ends_with('\n'));
  }
}

TEST_CASE("what nobody knows is named, with and without a subcommand") {
  const auto said = [](std::vector<const char*> words) {
    auto parsed = Parse(std::move(words));
    REQUIRE(std::holds_alternative<Exit>(parsed));
    CHECK(std::get<Exit>(parsed).status == kUsageError);
    return std::get<Exit>(parsed).output;
  };
  CHECK_THAT(said({"--verson"}), Catch::Contains("'--verson'\nDid you mean '--version'?"));
  CHECK_THAT(said({"-v"}), Catch::Contains("unknown option '-v'\nWrite `nano --version`."));
  CHECK_THAT(said({"serve", "--version"}), Catch::Contains("Write `nano --version`."));
  CHECK_THAT(said({"--hlep", "serve"}), Catch::Contains("Did you mean '--help'?"));
  CHECK_THAT(said({"--listen", ":80"}), Catch::Contains("'--listen' stands before the subcommand"));
}

TEST_CASE("help and version end with status 0") {
  const Exit help = std::get<Exit>(Parse({"serve", "--help"}));
  CHECK(help.status == 0);
  CHECK(help.output.find("--listen") != std::string::npos);
  CHECK(help.output.find("Examples:") != std::string::npos);
  const Exit version = std::get<Exit>(Parse({"--version"}));
  CHECK(version.status == 0);
  CHECK(version.output.starts_with("nano "));
}

TEST_CASE("flags go before nano.yaml, nano.yaml before the defaults") {
  config::Config config;
  const Settings defaults = ResolveSettings({}, config, 6);
  CHECK(defaults.dist == "dist");
  CHECK(defaults.workers == 6);
  REQUIRE(defaults.listen.size() == 1);
  CHECK(defaults.listen[0].ToString() == "127.0.0.1:8080");
  CHECK(defaults.shutdown_timeout.count() == 10'000);
  CHECK(ResolveSettings({}, config, 0).workers == 1);

  config.build.out = "built";
  config.server.workers = 2;
  config.server.listen = {{"::1", 1}, {"", 2}};
  config.server.shutdown_timeout = std::chrono::milliseconds(5);
  config.server.limits.body_bytes = 7;
  const Settings file = ResolveSettings({}, config, 6);
  CHECK(file.dist == "built");
  CHECK(file.workers == 2);
  CHECK(file.listen.size() == 2);
  CHECK(file.shutdown_timeout.count() == 5);
  CHECK(file.limits.body_bytes == 7);

  ServeArguments arguments;
  arguments.dist = "given";
  arguments.workers = 9;
  arguments.listen = {{"10.0.0.1", 3}};
  const Settings flags = ResolveSettings(arguments, config, 6);
  CHECK(flags.dist == "given");
  CHECK(flags.workers == 9);
  REQUIRE(flags.listen.size() == 1);
  CHECK(flags.listen[0].ToString() == "10.0.0.1:3");
}

TEST_CASE("every bound of nano.yaml reaches the HTTP server") {
  const http::Limits defaults = ResolveSettings({}, {}, 1).limits;
  CHECK(defaults == http::Limits());
  for (const auto& key : config::HttpKeys()) {
    CAPTURE(key.path);
    config::Config config;
    key.value.set(config.server.limits, key.value.get(config.server.limits) + 1);
    CHECK_FALSE(ResolveSettings({}, config, 1).limits == defaults);
  }
}

}  // namespace
}  // namespace nano::server

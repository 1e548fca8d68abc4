// What `nano ctl` takes, and what it says of the rest.
#include "cli/nano/ctl/arguments.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "cli/nano/arguments.h"

namespace nano::cli::ctl {
namespace {

using Catch::Contains;
using Command = Options::Command;

auto Parse(std::vector<const char*> words) {
  words.insert(words.begin(), {"nano", "ctl"});
  return ParseNanoArguments(static_cast<int>(words.size()), words.data());
}

Options Taken(std::vector<const char*> words) {
  auto parsed = Parse(std::move(words));
  if (const auto* exit = std::get_if<Exit>(&parsed)) FAIL(exit->output);
  return std::get<Options>(parsed);
}

std::string Refused(std::vector<const char*> words) {
  auto parsed = Parse(std::move(words));
  REQUIRE(std::holds_alternative<Exit>(parsed));
  CHECK(std::get<Exit>(parsed).status == kUsageError);
  return std::get<Exit>(parsed).output;
}

TEST_CASE("each command of nano ctl is taken, with its arguments") {
  CHECK(Taken({"status"}).command == Command::kStatus);
  CHECK(Taken({"status", "shop"}).app == "shop");
  CHECK(Taken({"apps"}).app.empty());
  CHECK(Taken({"apps", "shop"}).app == "shop");
  CHECK(Taken({"versions", "shop"}).command == Command::kVersions);
  CHECK(Taken({"releases"}).command == Command::kReleases);
  CHECK(Taken({"diff", "--json"}).json);
  CHECK(Taken({"reload", "--files"}).from_files);
  CHECK_FALSE(Taken({"reload", "--no-wait"}).wait);
  CHECK(Taken({"reload"}).wait);
  const Options deploy = Taken({"deploy", "out", "shop", "--dry-run"});
  CHECK(deploy.command == Command::kDeploy);
  CHECK(deploy.dist == "out");
  CHECK(deploy.app == "shop");
  CHECK(deploy.dry_run);
  CHECK(Taken({"rollback", "shop"}).version.empty());
  CHECK(Taken({"rollback", "shop", "3f"}).version == "3f");
  const Options canary = Taken({"canary", "shop", "3f", "25%"});
  CHECK(canary.command == Command::kCanary);
  CHECK(canary.percent == 25);
  const Options grown = Taken({"canary", "shop", "50"});
  CHECK(grown.version.empty());
  CHECK(grown.percent == 50);
  CHECK(Taken({"canary", "shop", "7%"}).percent == 7);
  CHECK(Taken({"canary", "shop", "1234", "0"}).version == "1234");
  CHECK(Taken({"deploy", "dist", "--settings"}).settings);
  CHECK(Taken({"canary", "shop", "--end"}).command == Command::kEnd);
  CHECK(Taken({"canary", "shop", "--promote"}).command == Command::kPromote);
  const Options set = Taken({"env", "set", "shop", "A=1", "B=", "C=x=y"});
  CHECK(set.command == Command::kSetEnv);
  CHECK(set.variables ==
        std::vector<std::pair<std::string, std::string>>{{"A", "1"}, {"B", ""}, {"C", "x=y"}});
  CHECK(Taken({"env", "unset", "shop", "A", "B"}).names == std::vector<std::string>{"A", "B"});
  CHECK(Taken({"secret", "set", "shop", "T", "--file", "f"}).secret_file == "f");
  CHECK(Taken({"secret", "unset", "shop", "T"}).command == Command::kUnsetSecret);
  CHECK(Taken({"limits", "shop"}).command == Command::kLimits);
  CHECK(Taken({"limits", "shop", "cpu=200ms", "queue=0"}).variables ==
        std::vector<std::pair<std::string, std::string>>{{"cpu", "200ms"}, {"queue", "0"}});
  CHECK(Taken({"remove", "shop"}).command == Command::kRemove);
  const Options logs = Taken({"logs", "-f", "-n", "5", "shop"});
  CHECK(logs.follow);
  CHECK(logs.lines == 5);
  CHECK(Taken({"events"}).command == Command::kEvents);
  // Arguments may be called as commands are.
  CHECK(Taken({"rollback", "status"}).app == "status");
  CHECK(Taken({"env", "set", "set", "A=1"}).app == "set");
}

TEST_CASE("where the server is may be said before the command or behind it") {
  CHECK(Taken({"--admin", ":9000", "status"}).place.admin == ":9000");
  CHECK(Taken({"status", "--admin", ":9000"}).place.admin == ":9000");
  const Options all =
      Taken({"status", "--config", "c", "--token-file", "t", "--ca", "a", "--timeout", "3s"});
  CHECK(all.place.config == "c");
  CHECK(all.place.token_file == "t");
  CHECK(all.place.authorities == "a");
  CHECK(all.timeout == std::chrono::seconds(3));
}

TEST_CASE("wrong usage of nano ctl is told, with what is nearest") {
  CHECK_THAT(Refused({"statsu"}), Contains("Did you mean `nano ctl status`?"));
  CHECK_THAT(Refused({"env", "sett"}), Contains("Did you mean `nano ctl env set`?"));
  CHECK_THAT(Refused({"status", "--jsno"}), Contains("Did you mean '--json'?"));
  CHECK_THAT(Refused({"--json", "status"}), Contains("Write it after: `nano ctl status --json`."));
  CHECK_THAT(Refused({}), Contains("Subcommands:"));
  CHECK_THAT(Refused({"env"}), Contains("Usage: nano ctl env"));
  CHECK_THAT(Refused({"status", "shop", "blog"}), Contains("unexpected argument 'blog'"));
  CHECK_THAT(Refused({"rollback"}), Contains("`nano ctl rollback --help`"));
  CHECK_THAT(Refused({"canary", "shop"}), Contains("--promote"));
  CHECK_THAT(Refused({"canary", "shop", "3f"}), Contains("VERSION and PERCENT"));
  CHECK_THAT(Refused({"canary", "shop", "1234"}), Contains("VERSION and PERCENT"));
  CHECK_THAT(Refused({"canary", "shop", "3f", "101"}), Contains("'101' is no percentage"));
  CHECK_THAT(Refused({"canary", "shop", "3f", "-1"}), Contains("-1"));
  CHECK_THAT(Refused({"canary", "shop", "3f", "--end"}), Contains("--end goes without"));
  CHECK_THAT(Refused({"canary", "shop", "--end", "--promote"}), Contains("xcludes"));
  CHECK_THAT(Refused({"env", "set", "shop", "A"}), Contains("'A' has no value"));
  CHECK_THAT(Refused({"env", "set", "shop", "1A=x"}), Contains("'1A' is no name"));
  CHECK_THAT(Refused({"limits", "shop", "cpu"}),
             Contains("write NAME=VALUE") && !Contains("unset"));
  CHECK_THAT(Refused({"limits", "shop", "memroy=1MiB"}), Contains("Did you mean 'memory'?"));
  CHECK_THAT(Refused({"limits", "shop", "server.memory=1GB"}),
             Contains("`server.memory` is a setting of the server, for all its apps"));
  CHECK_THAT(Refused({"limits", "shop", "limits.cpu=1s"}), Contains("here: cpu=1s"));
  CHECK_THAT(Refused({"limits", "shop", "cpu=1s", "cpu=2s"}), Contains("'cpu' is given twice"));
  CHECK_THAT(Refused({"env", "set", "shop", "A=1", "A=2"}), Contains("'A' is given twice"));
  CHECK_THAT(Refused({"limits", "shop", "queue=few"}), Contains("'few' is no value of queue"));
  CHECK_THAT(Refused({"secret", "set", "shop", "T=v"}), Contains("is no name"));
  CHECK_THAT(Refused({"secret", "set", "shop", "T", "value"}), Contains("At Most 1"));
  CHECK_THAT(Refused({"status", "--timeout", "0s"}), Contains("more than nothing"));
  CHECK_THAT(Refused({"status", "--token", "a", "--token-file", "b"}), Contains("xcludes"));
}

TEST_CASE("the help of nano ctl has examples, and what the exit statuses mean") {
  auto parsed = Parse({"--help"});
  const Exit& help = std::get<Exit>(parsed);
  CHECK(help.status == 0);
  CHECK_THAT(help.output, Contains("Exit status:") && Contains("nano ctl deploy dist") &&
                              Contains("NANO_ADMIN"));
  auto below = Parse({"env", "set", "--help"});
  CHECK_THAT(std::get<Exit>(below).output, Contains("Usage: nano ctl env set [OPTIONS] APP"));
}

}  // namespace
}  // namespace nano::cli::ctl

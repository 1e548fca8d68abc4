// `nano ctl`'s help, which teaches, and its options.
#include "cli/nano/ctl/arguments.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "cli/nano/ctl/endpoint.h"
#include "config/values/template.h"
#include "config/yaml/units.h"

namespace nano::cli::ctl {
namespace {

constexpr char kFooter[] = R"(Examples:
  nano ctl status                         what is served, by which workers, and what goes on
  nano ctl status shop                    what was counted of an app: requests, stops, calls
  nano ctl diff                           what a reload would change
  nano ctl reload                         serve what dist/ and nano.yaml say now
  nano ctl deploy dist --dry-run          which apps of a dist are not those that are served
  nano ctl deploy dist                    upload these
  nano ctl rollback shop                  back to the version before
  nano ctl canary shop 3f2a91 10          a kept version for 10 % of the clients
  nano ctl env set shop LOG=debug         another environment, without a build
  nano ctl secret set shop TOKEN < file   a secret, which is never shown again
  nano ctl limits shop cpu=200ms          other limits, at once
  nano ctl logs -f shop                   the log's lines, as they come
  nano ctl profile shop                   where its CPU time goes, for DevTools
  nano ctl kv list shop-cache             the keys of a namespace of KV
  nano ctl cache purge shop               empty an app's caches

An unchanged app is never touched. A changed one serves only when every worker has booted it and it
has answered on its health path; what fails leaves the old version serving, and the step and the
app's log lines are shown. What the old version has begun is finished first (server.drain_timeout).

Which server: --admin, else NANO_ADMIN, else `server.admin` of ./nano.yaml, which unless set is the
socket nano.sock beside dist/. It is for the user that the server runs as, and root. An address of TCP
needs a token: NANO_TOKEN, or --token-file.

Exit status: 0 done, or so already; 1 it failed, and the old version serves; 2 wrong usage; 3 no
server there, or it does not let you; 4 no such app or version, or it was changed by somebody else
meanwhile.)";

constexpr char kStatusFooter[] =
    R"(Requests, 5xx, p50, p99, CPU and stops are of an app since the server's start, all its versions and
workers together; p50 and p99 are what half, and 99 %, of its requests did not pass. Stops are what its
limits have stopped and refused: `nano ctl status APP` has them by their reasons.

A draining version is one that was replaced and has something to finish: requests, streams (answers
that are still being sent) and promises given to ctx.waitUntil().)";

constexpr char kDiffFooter[] =
    R"(The files on the server's disk against what it serves, app by app. Nothing is changed.)";

constexpr char kReloadFooter[] = R"(Examples:
  nano ctl diff && nano ctl reload        look first
  nano ctl reload --files                 the files count again, whatever was changed by `nano ctl`

What was deployed or set by `nano ctl` stays, unless the files have changed in the same respect since.)";

constexpr char kDeployFooter[] = R"(Examples:
  nano ctl deploy dist                    every app of dist/ whose snapshot is not the one served
  nano ctl deploy dist shop               only that one
  nano ctl deploy dist --settings         and the hosts, env and limits that nano.yaml gives them
  nano ctl deploy dist --dry-run          say what would be sent

A new app gets what nano.yaml says of it: hosts, env, limits and the rest. It is read where the dist
lies (or --config FILE); ${NAME} in it takes a variable of the server's environment, not of yours. An
app that the server has keeps what it has there, unless --settings is given. Apps that the dist does
not have stay. Each app is a swap of its own, and the first that fails ends it.
Where the server runs on this very dist/, `nano ctl reload` does without uploads.)";

constexpr char kRollbackFooter[] = R"(Examples:
  nano ctl rollback shop                  what served before the present version was deployed
  nano ctl versions shop                  what else there is
  nano ctl rollback shop 3f2a91           one of these, by the first digits of its digest

Twice is the same as once. The answer says what does not go back with it, data above all.)";

constexpr char kCanaryFooter[] = R"(Examples:
  nano ctl canary shop 3f2a91 0           only for requests with nano-version-override: shop=3f2a91
  nano ctl canary shop 3f2a91 10          for 10 % of the clients
  nano ctl canary shop 50                 more of them; nobody goes back
  nano ctl canary shop --promote          for all: it is the version now
  nano ctl canary shop --end              for nobody

Which clients is decided by the header nano-version-key, or what `canary_key` of nano.yaml names.)";

constexpr char kSetEnvFooter[] = R"(Examples:
  nano ctl env set shop GREETING=hello LOG=debug
  nano ctl env set shop 'DB=${DB_URL}'    a variable of the server's own, which is not shown

Fresh isolates of the same snapshot get them; nothing is built. Values are shown to whoever may read:
for what nobody should see there is `nano ctl secret set`.)";

constexpr char kSetSecretFooter[] = R"(Examples:
  nano ctl secret set shop TOKEN          asks for it, and does not show what is typed
  nano ctl secret set shop TOKEN < file   a line feed at the end is not part of it
  nano ctl secret set shop TOKEN --file /run/secrets/token

There is no way to give it on the command line, where every user of the machine could see it.)";

constexpr char kEventsFooter[] =
    R"(Swaps, drains, deaths of workers, until Ctrl+C. With --json, one JSON object a line.)";

// CLI11's validators give a message, or none.
std::string CheckDuration(const std::string& text) {
  const auto duration = config::ParseDuration(text);
  if (!duration.ok()) return duration.error().ToString();
  return duration->count() > 0 ? "" : "the time must be more than nothing";
}

// "10" or "10%": a version has more digits.
bool IsPercentage(std::string_view text) {
  constexpr size_t kMostDigits = 3;
  if (text.ends_with('%')) text.remove_suffix(1);
  return !text.empty() && text.size() <= kMostDigits &&
         text.find_first_not_of("0123456789") == text.npos;
}

// The App argument of a command that is about one.
CLI::Option* AddApp(CLI::App& command, std::string& app, const std::string& description) {
  return command.add_option("APP", app, description)->type_name("");
}

}  // namespace

Arguments::Arguments(CommandLine& line) {
  CLI::App& ctl = line.AddCommand(
      "ctl", "Ask and change a server that is running: deploys, rollbacks, env, limits", kFooter);
  AddPlace(ctl);
  DeclareViews(ctl);
  DeclareDeploys(ctl);
  DeclareVariables(ctl);
  DeclareLimits(ctl);
  DeclareNews(ctl);
  DeclareProfile(ctl);
  DeclareCron(ctl);
  DeclareCache(ctl);
  DeclareKv(ctl);
}

CLI::App& Arguments::Add(CLI::App& group, Command command, const std::string& name,
                         const std::string& description, const std::string& footer) {
  CLI::App& added = CommandLine::AddCommand(group, name, description, footer);
  added.callback([this, command] {
    options_.command = command;
    written_ = true;
  });
  AddPlace(added);
  added.add_flag("--json", options_.json, "Print the server's answer as JSON");
  return added;
}

void Arguments::AddPlace(CLI::App& command) {
  constexpr char kGroup[] = "Server";
  Place& place = options_.place;
  command
      .add_option("--admin", place.admin,
                  "The server's admin API: unix:PATH, HOST:PORT or a URL (default: NANO_ADMIN, or "
                  "as nano.yaml says)")
      ->type_name("ADDRESS")
      ->group(kGroup);
  command.add_option("--config", place.config, "The nano.yaml that says so (default: ./nano.yaml)")
      ->type_name("FILE")
      ->group(kGroup);
  CLI::Option* token =
      command
          .add_option("--token", place.token,
                      "The token, which other users of the machine see then: rather set NANO_TOKEN")
          ->type_name("TOKEN")
          ->group(kGroup);
  command
      .add_option("--token-file", place.token_file, "A file with the token; - is standard input")
      ->type_name("FILE")
      ->group(kGroup)
      ->excludes(token);
  command
      .add_option("--ca", place.authorities,
                  "A PEM file with the authority of its certificate, besides the system's")
      ->type_name("FILE")
      ->group(kGroup);
  CLI::Option* certificate =
      command.add_option("--cert", place.certificate, "A PEM file with a certificate to show it")
          ->type_name("FILE")
          ->group(kGroup);
  CLI::Option* key =
      command.add_option("--key", place.key, "A PEM file with that certificate's key")
          ->type_name("FILE")
          ->group(kGroup)
          ->needs(certificate);
  certificate->needs(key);
  command.add_option("--timeout", timeout_, "How long to wait for a silent server (default: 120s)")
      ->type_name("TIME")
      ->group(kGroup)
      ->check(CLI::Validator(CheckDuration, ""));
}

void Arguments::AddWait(CLI::App& command) {
  command.add_flag(
      "--no-wait", no_wait_,
      "Return when the new version serves, though the old one has something to finish");
}

void Arguments::DeclareViews(CLI::App& ctl) {
  CLI::App& status = Add(ctl, Command::kStatus, "status",
                         "What is served, by which workers, and what goes on", kStatusFooter);
  AddApp(status, options_.app, "Whose figures to show, all of them (default: a line for each app)");
  CLI::App& apps = Add(ctl, Command::kApps, "apps", "The apps, or all about one", "");
  AddApp(apps, options_.app, "Whose hosts, env, limits to show (default: a list of all)");
  apps.add_flag("--names", options_.names_only, "Print their names alone, one a line");
  CLI::App& versions = Add(ctl, Command::kVersions, "versions",
                           "The versions of an app that can be made current", "");
  AddApp(versions, options_.app, "Whose")->required();
  versions.add_flag("--names", options_.names_only, "Print their digests alone, one a line");
  Add(ctl, Command::kReleases, "releases",
      "What was served since the server's start, and what failed", "");
  Add(ctl, Command::kDiff, "diff", "What a reload would change", kDiffFooter);
}

void Arguments::DeclareDeploys(CLI::App& ctl) {
  CLI::App& reload =
      Add(ctl, Command::kReload, "reload", "Serve what dist/ and nano.yaml say now", kReloadFooter);
  reload.add_flag("--files", options_.from_files,
                  "Forget what was changed by `nano ctl`: the files count");
  AddWait(reload);

  CLI::App& deploy = Add(ctl, Command::kDeploy, "deploy",
                         "Upload the apps of a dist that have changed", kDeployFooter);
  deploy.add_option("DIST", options_.dist, "The folder that `nanoc build` made")
      ->type_name("")
      ->required();
  AddApp(deploy, options_.app, "Only this app");
  deploy.add_flag("--settings", options_.settings,
                  "Send what nano.yaml says of apps that the server has, too");
  deploy.add_flag("--dry-run", options_.dry_run, "Say what would be uploaded, and change nothing");
  AddWait(deploy);

  CLI::App& rollback = Add(ctl, Command::kRollback, "rollback",
                           "Make an earlier version of an app the current one", kRollbackFooter);
  AddApp(rollback, options_.app, "Which app")->required();
  rollback
      .add_option("VERSION", options_.version,
                  "Its digest, or its first digits, 4 at least (default: the version before)")
      ->type_name("");
  AddWait(rollback);

  CLI::App& canary = Add(ctl, Command::kCanary, "canary",
                         "Give a version of an app a part of the clients", kCanaryFooter);
  AddApp(canary, options_.app, "Which app")->required();
  canary
      .add_option("VERSION", options_.version,
                  "Its digest, or its first digits, 4 at least; or previous")
      ->type_name("");
  canary.add_option("PERCENT", percent_, "How many of the clients: 0 to 100")->type_name("");
  CLI::Option* end = canary.add_flag("--end", end_, "The current version gets all of them");
  canary.add_flag("--promote", promote_, "The canary is the current version now")->excludes(end);
  AddWait(canary);

  CLI::App& remove = Add(ctl, Command::kRemove, "remove",
                         "Take an app out, when what it has begun is finished", "");
  AddApp(remove, options_.app, "Which app")->required();
  AddWait(remove);
}

void Arguments::DeclareVariables(CLI::App& ctl) {
  CLI::App& env =
      CommandLine::AddCommand(ctl, "env", "Change an app's environment, without a build", "");
  CLI::App& set = Add(env, Command::kSetEnv, "set", "Set variables", kSetEnvFooter);
  AddApp(set, options_.app, "Which app")->required();
  set.add_option("NAME=VALUE", pairs_, "The variables")->type_name("")->required();
  AddWait(set);
  CLI::App& unset = Add(env, Command::kUnsetEnv, "unset", "Take variables away", "");
  AddApp(unset, options_.app, "Which app")->required();
  unset.add_option("NAME", options_.names, "The variables")->type_name("")->required();
  AddWait(unset);

  CLI::App& secret =
      CommandLine::AddCommand(ctl, "secret", "Change an app's secrets, which are never shown", "");
  CLI::App& set_secret = Add(secret, Command::kSetSecret, "set",
                             "Set a secret, read from standard input", kSetSecretFooter);
  AddApp(set_secret, options_.app, "Which app")->required();
  set_secret.add_option("NAME", options_.names, "The secret's name in `env`")
      ->type_name("")
      ->required()
      ->expected(1);
  set_secret.add_option("--file", options_.secret_file, "Read it from a file, all of it")
      ->type_name("FILE");
  AddWait(set_secret);
  CLI::App& unset_secret = Add(secret, Command::kUnsetSecret, "unset", "Take secrets away", "");
  AddApp(unset_secret, options_.app, "Which app")->required();
  unset_secret.add_option("NAME", options_.names, "The secrets")->type_name("")->required();
  AddWait(unset_secret);
}

void Arguments::DeclareNews(CLI::App& ctl) {
  constexpr uint32_t kMostLines = 10'000;
  CLI::App& logs = CommandLine::AddCommand(ctl, "logs", "The last lines of the server's log", "");
  logs.callback([this] {
    options_.command = Command::kLogs;
    written_ = true;
  });
  AddPlace(logs);
  AddApp(logs, options_.app, "Only what this app has written");
  logs.add_flag("-f,--follow", options_.follow, "Go on with those to come, until Ctrl+C");
  logs.add_option("-n,--lines", options_.lines, "How many of the last ones (default: 100)")
      ->type_name("N")
      ->check(CLI::Range(uint32_t{0}, kMostLines));
  CLI::App& events =
      Add(ctl, Command::kEvents, "events", "What happens, as it does", kEventsFooter);
  AddApp(events, options_.app, "Only what is about this app");
}

std::string Arguments::CheckCanary() {
  const bool ends = end_ || promote_;
  if (ends) {
    options_.command = end_ ? Command::kEnd : Command::kPromote;
    if (options_.version.empty()) return {};
    return std::string(end_ ? "--end" : "--promote") +
           " goes without a version: write `nano ctl canary " + options_.app +
           (end_ ? " --end`." : " --promote`.");
  }
  if (percent_.empty() && IsPercentage(options_.version)) percent_.swap(options_.version);
  if (percent_.empty()) {
    return "a canary needs VERSION and PERCENT, or PERCENT alone if there is one, or --end, or "
           "--promote\n"
           "`nano ctl versions " +
           options_.app + "` lists the versions.";
  }
  std::string_view digits = percent_;
  if (digits.ends_with('%')) digits.remove_suffix(1);
  const auto [rest, status] =
      std::from_chars(digits.data(), digits.data() + digits.size(), options_.percent);
  const bool whole = status == std::errc() && rest == digits.data() + digits.size();
  if (!whole || options_.percent > 100)
    return "'" + percent_ + "' is no percentage: write 0 to 100";
  return {};
}

std::string Arguments::ReadVariables() {
  for (const std::string& pair : pairs_) {
    const size_t equals = pair.find('=');
    if (equals == pair.npos) {
      std::string problem = "'" + pair + "' has no value: write NAME=VALUE";
      if (options_.command == Command::kLimits) return problem;
      return problem + ", or `nano ctl env unset " + options_.app + " " + pair + "`";
    }
    const std::string name = pair.substr(0, equals);
    if (std::ranges::find(options_.names, name) != options_.names.end()) {
      return "'" + name + "' is given twice: which of the values is meant?";
    }
    options_.names.push_back(name);
    options_.variables.emplace_back(name, pair.substr(equals + 1));
  }
  if (options_.command == Command::kLimits) return {};  // CheckLimits knows its names.
  for (const std::string& name : options_.names) {
    if (config::IsEnvironmentName(name)) continue;
    return "'" + name +
           "' is no name that a variable can have: letters, digits and '_', not beginning with a "
           "digit";
  }
  return {};
}

std::variant<Options, Exit> Arguments::Take() {
  std::string problem;
  if (options_.command == Command::kCanary) problem = CheckCanary();
  if (problem.empty()) problem = ReadVariables();
  if (problem.empty() && options_.command == Command::kLimits) problem = CheckLimits();
  if (const auto& admin = options_.place.admin; problem.empty() && admin && !admin->empty()) {
    const Result<Endpoint> endpoint = ParseEndpoint(*admin);
    if (!endpoint.ok()) problem = "--admin " + endpoint.error().ToString();
  }
  if (!problem.empty()) {
    return WrongUsage("nano ctl: " + problem + "\n`nano ctl --help` shows the usage.");
  }
  if (!timeout_.empty()) options_.timeout = config::ParseDuration(timeout_).value();
  options_.wait = !no_wait_;
  return std::move(options_);
}

}  // namespace nano::cli::ctl

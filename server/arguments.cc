// Parses the command line with CLI11. See arguments.h for ownership and threads.
#include "server/arguments.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <span>
#include <sstream>
#include <string_view>
#include <utility>

#include "config/usage.h"
#include "server/version.h"

namespace nano::server {
namespace {

constexpr uint32_t kMaxWorkers = 1024;

constexpr config::Habit kHabits[] = {
    {"build", "`nanoc build` builds, `nano serve` serves what was built."},
    {"start", "`nano serve` starts the server."},
    {"run", "`nano serve` runs what `nanoc build` has built."},
    {"up", "`nano serve` starts the server."},
    {"dev", "`nanoc build && nano serve` serves the apps; there is no watching yet."},
    {"stop", "The server ends by SIGTERM, or by Ctrl+C on its terminal."},
    {"restart", "The server ends by SIGTERM; `nano serve` starts it."},
    {"init", "Nothing has to be set up: write index.ts, `nanoc build`, `nano serve`."},
    {"help", "Write `nano --help`, or `nano serve --help`."},
    {"version", "Write `nano --version`."},
    {"--version", "Write `nano --version`."},
    {"-v", "Write `nano --version`."},
    {"-V", "Write `nano --version`."},
};

constexpr char kFooter[] = R"(An app is a directory with an entry that exports a fetch handler:

    // my-app/index.ts
    export default { async fetch(request, env, ctx) { return new Response("hi"); } };

Examples:
  nanoc build my-app                      build it into dist/
  nano serve                              serve dist/ on 127.0.0.1:8080
  curl http://127.0.0.1:8080/             ask it
  nano serve dist --listen :80            on port 80 of every interface
  nano serve --config production.yaml     with other settings and variables

`nano serve --help` shows the options; nano.yaml of the sources is the documented configuration.
Exit status: 0 stopped when asked to; 1 it could not start, or was ended by force; 2 wrong usage.)";

constexpr char kServeFooter[] = R"(Examples:
  nano serve                              serve dist/ as nano.yaml says
  nano serve build --listen :80           another folder, on port 80 of every interface
  nano serve --listen 127.0.0.1:8080 --listen [::1]:8080
  DB_URL=postgres://… nano serve --config production.yaml

Hosts, limits and variables (`env`) of apps come from nano.yaml when the server starts; ${NAME} in
`env` takes a variable of the server's own environment. Apps that it does not name are not served;
without a nano.yaml all are, as they were built. A variable that an app was built to require, and that
nobody gives it, keeps the server from starting.

Signals: SIGTERM and SIGINT let running requests finish; a second one, or server.shutdown_timeout,
ends them, and the exit status is 1.
)";

std::string ReadAddresses(const std::vector<std::string>& texts, ServeArguments& arguments) {
  for (const std::string& text : texts) {
    Result<config::Address> address = config::ParseAddress(text);
    if (!address.ok()) {
      Error error = std::move(address).error();
      error.where = "--listen";
      return error.ToString();
    }
    arguments.listen.push_back(std::move(address).value());
  }
  return {};
}

// ToString's paragraph may or may not end in a line feed.
std::string WithLineFeed(std::string text) {
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

// As they are written: "--out", "-o".
std::vector<std::string> SpellingsOf(const CLI::App& command) {
  std::vector<std::string> spellings;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) spellings.push_back("--" + name);
    for (const std::string& name : option->get_snames()) spellings.push_back("-" + name);
  }
  return spellings;
}

}  // namespace

std::variant<ServeArguments, Exit> ParseArguments(int argc, const char* const* argv) {
  const config::Program names{.name = "nano", .commands = {"serve"}, .habits = kHabits};
  CLI::App app("NANO serves JavaScript apps from V8 startup snapshots.", "nano");
  app.set_version_flag("--version", std::string("nano ") + kVersion);
  app.require_subcommand(1);
  app.footer(kFooter);
  app.set_help_flag("-h,--help", "Print this help and exit");
  const std::span<const char* const> words(argv + std::min(argc, 1),
                                           static_cast<size_t>(std::max(argc - 1, 0)));
  if (std::string problem = config::UnknownCommand(names, words); !problem.empty()) {
    return Exit{.status = kUsageError, .output = std::move(problem)};
  }

  ServeArguments arguments;
  std::string dist, config;
  std::vector<std::string> listen;
  uint32_t workers = 0;
  CLI::App* serve = app.add_subcommand("serve", "Serve the apps that `nanoc build` has built");
  serve->footer(kServeFooter);
  serve->set_help_flag("-h,--help", "Print this help and exit");
  CLI::Option* dist_option =
      serve->add_option("dist", dist, "The folder to serve (default: nano.yaml's build.out, dist)");
  CLI::Option* config_option = serve->add_option(
      "--config", config, "Settings and variables (default: ./nano.yaml if there is one)");
  serve
      ->add_option(
          "--listen", listen,
          "HOST:PORT, [IPV6]:PORT or :PORT for every interface; may be repeated; port 0 is "
          "any free one (default: nano.yaml's server.listen, 127.0.0.1:8080)")
      ->type_name("ADDRESS")
      ->allow_extra_args(false);  // `--listen A dist`: the second word is the folder.
  CLI::Option* workers_option =
      serve
          ->add_option("--workers", workers,
                       "Worker processes (default: nano.yaml's server.workers, one per core)")
          ->type_name("N")
          ->check(CLI::Range(uint32_t{1}, kMaxWorkers));

  if (argc <= 1) return Exit{.status = kUsageError, .output = WithLineFeed(app.help())};
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // What nobody knows goes first: it is why something else is missing.
    const std::vector<std::string> unknown = app.remaining(/*recurse=*/true);
    if (error.get_exit_code() != 0 && !unknown.empty()) {
      return Exit{
          .status = kUsageError,
          .output = config::UnknownArgument(names, unknown, SpellingsOf(*serve), SpellingsOf(app))};
    }
    std::ostringstream out, err;
    if (app.exit(error, out, err) == 0) {
      return Exit{.status = 0, .output = WithLineFeed(out.str())};
    }
    return Exit{
        .status = kUsageError,
        .output = "nano: " + WithLineFeed(error.what()) + "`nano serve --help` shows the usage.\n"};
  }

  if (dist_option->count() != 0) arguments.dist = dist;
  if (config_option->count() != 0) arguments.config = config;
  if (workers_option->count() != 0) arguments.workers = workers;
  if (std::string problem = ReadAddresses(listen, arguments); !problem.empty()) {
    return Exit{.status = kUsageError, .output = WithLineFeed(std::move(problem))};
  }
  return arguments;
}

}  // namespace nano::server

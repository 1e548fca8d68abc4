// Parses the command line with CLI11. See arguments.h for ownership and threads.
#include "server/arguments.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <sstream>
#include <utility>

#include "server/version.h"

namespace nano::server {
namespace {

constexpr uint32_t kMaxWorkers = 1024;

constexpr char kServeFooter[] = R"(Examples:
  nano serve                              serve dist/ as nano.yaml says
  nano serve build --listen :80           another folder, on port 80 of every interface
  nano serve --listen 127.0.0.1:8080 --listen [::1]:8080
  DB_URL=postgres://… nano serve --config production.yaml

Hosts, limits and variables (`env`) of apps come from nano.yaml when the server starts; ${NAME} in
`env` takes a variable of the server's own environment. Apps that it does not name are not served;
without a nano.yaml all are, as they were built.

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

}  // namespace

std::variant<ServeArguments, Exit> ParseArguments(int argc, const char* const* argv) {
  CLI::App app("NANO serves JavaScript apps from V8 startup snapshots.", "nano");
  app.set_version_flag("--version", std::string("nano ") + kVersion);
  app.require_subcommand(1);
  app.footer("`nano serve --help` shows the options. `nanoc build` makes what is served.");

  ServeArguments arguments;
  std::string dist, config;
  std::vector<std::string> listen;
  uint32_t workers = 0;
  CLI::App* serve = app.add_subcommand("serve", "Serve the apps that `nanoc build` has built");
  serve->footer(kServeFooter);
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

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
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

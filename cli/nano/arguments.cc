// What `nano` may be asked, and what its help says.
#include "cli/nano/arguments.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command_line.h"
#include "cli/completion_arguments.h"
#include "cli/nano/ctl/arguments.h"
#include "config/values/address.h"
#include "config/values/admin_address.h"

namespace nano::cli {
namespace {

constexpr uint32_t kMaxWorkers = 1024;

constexpr Habit kHabits[] = {
    {"build", "`nanoc build` builds, `nano serve` serves what was built."},
    {"start", "`nano serve` starts the server."},
    {"run", "`nano serve` runs what `nanoc build` has built."},
    {"up", "`nano serve` starts the server."},
    {"dev", "`nano serve --watch` serves the apps, and again after each `nanoc build`."},
    {"stop", "The server ends by SIGTERM, or by Ctrl+C on its terminal."},
    {"restart", "`nano ctl reload` serves what has changed, without a restart."},
    {"reload", "`nano ctl reload` does."},
    {"deploy", "`nano ctl deploy DIST` does."},
    {"rollback", "`nano ctl rollback APP` does."},
    {"status", "`nano ctl status` says."},
    {"ps", "`nano ctl status` says."},
    {"logs", "`nano ctl logs` shows them."},
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
  nano ctl status                         what the server is doing
  nano ctl reload                         serve what has changed in dist/, without a restart

`nano serve --help` shows the options; nano.yaml of the sources is the documented configuration.
Exit status: 0 stopped when asked to; 1 it could not start, or was ended by force; 2 wrong usage.)";

constexpr char kServeFooter[] = R"(Examples:
  nano serve                              serve dist/ as nano.yaml says
  nano serve build --listen :80           another folder, on port 80 of every interface
  nano serve --listen 127.0.0.1:8080 --listen [::1]:8080
  DB_URL=postgres://… nano serve --config production.yaml

Hosts, limits and variables (`env`) of apps come from nano.yaml, which SIGHUP has read again; ${NAME} in
`env` takes a variable of the server's own environment. Apps that it does not name are not served;
without a nano.yaml all are, as they were built. A variable that an app was built to require, and that
nobody gives it, keeps the server from starting.

Signals: SIGTERM and SIGINT let running requests finish; a second one, or server.shutdown_timeout,
ends them, and the exit status is 1. SIGHUP reads nano.yaml and the folder again. SIGUSR2 has the program
that is on disk by then take over without losing a request. docs/running.md: systemd, containers.)";

// What is wrong with them; empty: nothing.
std::string ReadAddresses(const std::vector<std::string>& texts, server::ServeOptions& options) {
  for (const std::string& text : texts) {
    Result<config::Address> address = config::ParseAddress(text);
    if (!address.ok()) {
      Error error = std::move(address).error();
      error.where = "--listen";
      return error.ToString();
    }
    options.listen.push_back(std::move(address).value());
  }
  return {};
}

std::string ReadAdmin(const std::optional<std::string>& text, server::ServeOptions& options) {
  if (!text.has_value()) return {};
  Result<config::AdminAddress> place = config::ParseAdminAddress(*text);
  if (place.ok()) {
    options.admin = std::move(place).value();
    return {};
  }
  Error error = std::move(place).error();
  error.where = "--admin";
  return error.ToString();
}

}  // namespace

std::variant<server::ServeOptions, ctl::Options, Exit> ParseNanoArguments(int argc,
                                                                          const char* const* argv) {
  CommandLine line("nano", "NANO serves JavaScript apps from V8 startup snapshots.", kFooter,
                   kHabits);
  server::ServeOptions options;
  std::vector<std::string> listen;
  std::optional<std::string> admin;
  CLI::App& serve =
      line.AddCommand("serve", "Serve the apps that `nanoc build` has built", kServeFooter);
  serve
      .add_option("DIR", options.dist, "The folder to serve (default: nano.yaml's build.out, dist)")
      ->type_name("");
  serve
      .add_option("--config", options.config,
                  "Settings and variables (default: ./nano.yaml if there is one)")
      ->type_name("FILE");
  serve
      .add_option("--listen", listen,
                  "HOST:PORT, [IPV6]:PORT or :PORT for every interface; may be repeated; port 0 is "
                  "any free one (default: nano.yaml's server.listen, 127.0.0.1:8080)")
      ->type_name("ADDRESS")
      ->allow_extra_args(false);  // `--listen A dist`: the second word is the folder.
  serve
      .add_option("--workers", options.workers,
                  "Worker processes (default: nano.yaml's server.workers, one per core)")
      ->type_name("N")
      ->check(CLI::Range(uint32_t{1}, kMaxWorkers));
  // Not to the variable: CLI11 would set an optional one, also where the flag is not given.
  CLI::Option* watch = serve.add_flag_callback(
      "--watch", [&options] { options.watch = true; },
      "Reload when dist/ or nano.yaml change (default: on a terminal)");
  serve
      .add_flag_callback(
          "--no-watch", [&options] { options.watch = false; },
          "Reload only when asked to, by SIGHUP or `nano ctl reload`")
      ->excludes(watch);
  serve
      .add_option("--admin", admin,
                  "Where the admin API listens: unix:PATH, HOST:PORT (which needs a token in "
                  "nano.yaml's server.admin), or off (default: server.admin, nano.sock beside "
                  "DIR)")
      ->type_name("PLACE");

  ctl::Arguments ctl(line);
  CompletionArguments completion(line);

  if (std::optional<Exit> exit = line.Parse(argc, argv)) return *std::move(exit);
  if (std::optional<Exit> exit = completion.Take()) return *std::move(exit);
  if (ctl.written()) {
    auto taken = ctl.Take();
    if (auto* exit = std::get_if<Exit>(&taken)) return std::move(*exit);
    return std::get<ctl::Options>(std::move(taken));
  }
  if (std::string problem = ReadAddresses(listen, options); !problem.empty()) {
    return WrongUsage(std::move(problem));
  }
  if (std::string problem = ReadAdmin(admin, options); !problem.empty()) {
    return WrongUsage(std::move(problem));
  }
  return options;
}

}  // namespace nano::cli

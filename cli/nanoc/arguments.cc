// What `nanoc` may be asked, and what its help says.
#include "cli/nanoc/arguments.h"

#include <string>
#include <utility>

#include "cli/command_line.h"
#include "cli/completion_arguments.h"
#include "config/schema/build.h"
#include "config/yaml/units.h"

namespace nano::cli {
namespace {

constexpr int kMaxJobs = 256;

constexpr char kFooter[] = R"(An app is a directory with an entry that exports a fetch handler:

    // my-app/index.ts
    export default { async fetch(request, env, ctx) { return new Response("hi"); } };

Examples:
  nanoc build                             build the app (or all apps of nano.yaml) in this directory
  nanoc build my-app                      build one app into dist/
  nano serve                              serve dist/ on 127.0.0.1:8080
  curl http://127.0.0.1:8080/             ask it

`nanoc build --help` shows the options; nano.yaml of the sources is the documented configuration.
)";

constexpr char kBuildFooter[] = R"(Examples:
  nanoc build                             build the app (or all apps of nano.yaml) in this directory
  nanoc build shop                        build one app; the others in dist/ are kept
  nanoc build shop blog -o out            build two apps into out/
  nanoc build --keep-going                let the apps that build through, though one fails
  nanoc build --env staging               build a wrangler project's environment
  nanoc build --timeout 5m shop           give a slow build more time

The entry is `entry` of nano.yaml, else `main` of a wrangler file, else `module` or `main` of package.json, else
index.{ts,tsx,mts,cts,js,jsx,mjs,cjs}, there or in src/.

wrangler.json, wrangler.jsonc or wrangler.toml in an app's directory gives what nano.yaml does not
say: docs/wrangler.md has what becomes of each field.

What dist/ holds afterwards: a nano.yaml with a list of apps says which apps there are, and
others are taken out. Apps named by their directories are added, or replace those of the
same names.

The last five builds (--keep, or build.keep of nano.yaml) stay in dist/, with the apps that were
taken out of it since, so that any version of an app among them can be served again.

What an app's build gave is kept by everything that went into it (in NANO_CACHE_DIR, else in
~/.cache/nano; an empty NANO_CACHE_DIR keeps nothing): an app that has not changed is not
built again.

)";

constexpr char kExitStatus[] =
    R"(Exit status: 0 all built; 1 something failed, and without --keep-going the last dist/ is
untouched; 2 wrong usage.)";

constexpr Habit kHabits[] = {
    {"serve", "`nano serve` serves what `nanoc build` has built."},
    {"start", "`nanoc build`, then `nano serve`, starts the apps."},
    {"run", "`nanoc build`, then `nano serve`, runs the apps."},
    {"dev", "`nano serve --watch` serves the apps, and again after each `nanoc build`."},
    {"watch",
     "Run `nanoc build` again, it builds what has changed; `nano serve --watch` serves it."},
    {"init", "Nothing has to be set up: write index.ts, then `nanoc build`."},
    {"new", "Nothing has to be set up: write index.ts, then `nanoc build`."},
    {"create", "Nothing has to be set up: write index.ts, then `nanoc build`."},
    {"deploy", "`nano ctl deploy dist` does, to a server that is running."},
    {"publish", "`nano ctl deploy dist` does, to a server that is running."},
    {"compile", "`nanoc build` does."},
    {"bundle", "`nanoc build` does."},
    {"help", "Write `nanoc --help`, or `nanoc build --help`."},
    {"version", "Write `nanoc --version`."},
    {"--version", "Write `nanoc --version`."},
    {"-v", "Write `nanoc --version`."},
    {"-V", "Write `nanoc --version`."},
};

// CLI11's validators give a message, or none.
std::string CheckDuration(const std::string& text) {
  const auto duration = config::ParseDuration(text);
  if (!duration.ok()) return duration.error().ToString();
  return duration->count() > 0 ? "" : "the time must be more than nothing";
}

}  // namespace

std::variant<compiler::BuildOptions, Exit> ParseNanocArguments(int argc, const char* const* argv) {
  CommandLine line("nanoc",
                   "nanoc turns JavaScript and TypeScript apps into snapshots that nano serves.",
                   std::string(kFooter) + kExitStatus, kHabits);
  compiler::BuildOptions options;
  std::string timeout;
  CLI::App& build =
      line.AddCommand("build", "Build apps into dist/", std::string(kBuildFooter) + kExitStatus);
  CLI::Option* directories =
      build
          .add_option("DIR", options.directories,
                      "Directories of apps, or with a nano.yaml that lists apps (default: .)")
          ->type_name("");
  build.add_option("--config", options.config, "Build the apps of this configuration file")
      ->type_name("FILE")
      ->excludes(directories);
  build
      .add_option("-e,--env", options.wrangler.environment,
                  "The environment of wrangler files (default: CLOUDFLARE_ENV)")
      ->type_name("NAME")
      ->envname("CLOUDFLARE_ENV");
  build.add_flag("--allow-missing-bindings", options.wrangler.allows_missing,
                 "Build apps whose wrangler file has bindings that NANO does not have");
  build.add_option("-o,--out", options.out, "Where to write (default: dist)")->type_name("DIR");
  build.add_option("--timeout", timeout, "Stop the build of an app after this time (default: 60s)")
      ->type_name("TIME")
      ->check(CLI::Validator(CheckDuration, ""));
  build.add_option("--jobs", options.jobs, "Apps built at the same time (default: one per core)")
      ->type_name("N")
      ->check(CLI::Range(1, kMaxJobs));
  build
      .add_option("--keep", options.keep,
                  "Builds that dist/ keeps to go back to, this one included (default: 5)")
      ->type_name("N")
      ->check(CLI::Range(1u, config::kMostKept));
  build.add_flag("--keep-going", options.keep_going,
                 "Write the apps that build; those that fail keep their last versions");
  build.add_flag("--no-cache", options.no_cache, "Build apps that have not changed, too");
  build.add_flag("--prune", options.prune, "Take apps that are not built now out of dist/");
  build.add_flag("-q,--quiet", options.quiet, "Print errors and warnings only");
  build.add_flag("--json", options.json, "Print the summary as JSON");

  CompletionArguments completion(line);

  if (std::optional<Exit> exit = line.Parse(argc, argv)) return *std::move(exit);
  if (std::optional<Exit> exit = completion.Take()) return *std::move(exit);
  if (!timeout.empty()) options.timeout = config::ParseDuration(timeout).value();
  return options;
}

}  // namespace nano::cli

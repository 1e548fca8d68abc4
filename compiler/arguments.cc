// Parses the command line with CLI11. See arguments.h for ownership and threads.
#include "compiler/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/usage.h"
#include "config/yaml/units.h"
#include "runtime/identity.h"

namespace nano::compiler {
namespace {

constexpr char kDescription[] =
    "nanoc turns JavaScript and TypeScript apps into snapshots that nano serves.";

constexpr char kExamples[] =
    "An app is a directory with an entry that exports a fetch handler:\n"
    "\n"
    "    // index.ts\n"
    "    export default { async fetch(request, env, ctx) { return new Response(\"hi\"); } };\n"
    "\n"
    "Examples:\n"
    "  nanoc build                      build the app (or all apps of nano.yaml) in this "
    "directory\n"
    "  nanoc build shop                 build one app; the others in dist/ are kept\n"
    "  nanoc build shop blog -o out     build two apps into out/\n"
    "  nanoc build --keep-going         let the apps that build through, though one fails\n"
    "  nanoc build --timeout 5m shop    give a slow build more time\n"
    "  nano serve dist                  serve what was built\n"
    "\n"
    "The entry is `entry` of nano.yaml, else `module` or `main` of package.json, else\n"
    "index.{ts,tsx,mts,cts,js,jsx,mjs,cjs}, there or in src/.\n"
    "\n"
    "What dist/ holds afterwards: a nano.yaml with a list of apps says which apps there are, and\n"
    "others are taken out. Apps named by their directories are added, or replace those of the\n"
    "same names.\n"
    "\n"
    "What an app's build gave is kept by everything that went into it (in NANO_CACHE_DIR, else in\n"
    "~/.cache/nano; an empty NANO_CACHE_DIR keeps nothing): an app that has not changed is not\n"
    "built again.\n"
    "\n"
    "Exit status: 0 all built; 1 something failed, and without --keep-going the last dist/ is\n"
    "untouched; 2 wrong usage.";

constexpr config::Habit kHabits[] = {
    {"serve", "`nano serve` serves what `nanoc build` has built."},
    {"start", "`nanoc build`, then `nano serve`, starts the apps."},
    {"run", "`nanoc build`, then `nano serve`, runs the apps."},
    {"dev", "`nanoc build && nano serve` serves the apps; there is no watching yet."},
    {"watch", "There is no watching yet: run `nanoc build` again, it builds what has changed."},
    {"init", "Nothing has to be set up: write index.ts, then `nanoc build`."},
    {"new", "Nothing has to be set up: write index.ts, then `nanoc build`."},
    {"create", "Nothing has to be set up: write index.ts, then `nanoc build`."},
    {"deploy", "Copy dist/ to the server and run `nano serve dist` there."},
    {"publish", "Copy dist/ to the server and run `nano serve dist` there."},
    {"compile", "`nanoc build` does."},
    {"bundle", "`nanoc build` does."},
    {"help", "Write `nanoc --help`, or `nanoc build --help`."},
    {"version", "Write `nanoc --version`."},
    {"--version", "Write `nanoc --version`."},
    {"-v", "Write `nanoc --version`."},
    {"-V", "Write `nanoc --version`."},
};

std::string VersionText() {
  const runtime::Identity& identity = runtime::CurrentIdentity();
  return std::string("nanoc ") + NANO_VERSION + " (V8 " + identity.v8_version + ", engine " +
         identity.engine_release + ")";
}

// CLI11's validators give a message, or none.
std::string CheckDuration(const std::string& text) {
  const auto duration = config::ParseDuration(text);
  if (!duration) return duration.error().ToString();
  return duration->count() > 0 ? "" : "the time must be more than nothing";
}

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

std::variant<BuildOptions, Exit> ParseArguments(int argc, const char* const* argv) {
  const config::Program names{.name = "nanoc", .commands = {"build"}, .habits = kHabits};
  CLI::App program{kDescription, "nanoc"};
  program.footer(kExamples);
  program.set_version_flag("--version", VersionText, "Print the version and exit");
  program.set_help_flag("-h,--help", "Print this help and exit");
  const std::span<const char* const> words(argv + std::min(argc, 1),
                                           static_cast<size_t>(std::max(argc - 1, 0)));
  if (std::string problem = config::UnknownCommand(names, words); !problem.empty()) {
    return Exit{.status = kUsageError, .output = std::move(problem)};
  }
  program.require_subcommand(1);

  BuildOptions options;
  std::string timeout;
  CLI::App* build = program.add_subcommand("build", "Build apps into dist/");
  build->footer(kExamples);
  build->set_help_flag("-h,--help", "Print this help and exit");
  CLI::Option* directories =
      build->add_option("DIR", options.directories,
                        "Directories of apps, or with a nano.yaml that lists apps (default: .)");
  build->add_option("--config", options.config, "Build the apps of this configuration file")
      ->type_name("FILE")
      ->excludes(directories);
  build->add_option("-o,--out", options.out, "Where to write (default: dist)")->type_name("DIR");
  build->add_option("--timeout", timeout, "Stop the build of an app after this time (default: 60s)")
      ->type_name("TIME")
      ->check(CLI::Validator(CheckDuration, ""));
  build->add_option("--jobs", options.jobs, "Apps built at the same time (default: one per core)")
      ->type_name("N")
      ->check(CLI::Range(1, 256));
  build->add_flag("--keep-going", options.keep_going,
                  "Write the apps that build; those that fail keep their last versions");
  build->add_flag("--no-cache", options.no_cache, "Build apps that have not changed, too");
  build->add_flag("--prune", options.prune, "Take apps that are not built now out of dist/");
  build->add_flag("-q,--quiet", options.quiet, "Print errors and warnings only");
  build->add_flag("--json", options.json, "Print the summary as JSON");

  if (argc <= 1) return Exit{.status = kUsageError, .output = WithLineFeed(program.help())};
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // What nobody knows goes first: it is why something else is missing.
    const std::vector<std::string> unknown = program.remaining(/*recurse=*/true);
    if (error.get_exit_code() != 0 && !unknown.empty()) {
      return Exit{.status = kUsageError,
                  .output = config::UnknownArgument(names, unknown, SpellingsOf(*build),
                                                    SpellingsOf(program))};
    }
    std::ostringstream out, err;
    if (program.exit(error, out, err) == 0) {
      return Exit{.status = 0, .output = WithLineFeed(out.str())};
    }
    return Exit{
        .status = kUsageError,
        .output = "nanoc: " + WithLineFeed(error.what()) + "`nanoc --help` shows the usage.\n"};
  }
  if (!timeout.empty()) options.timeout = *config::ParseDuration(timeout);
  return options;
}

}  // namespace nano::compiler

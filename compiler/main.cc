// nanoc: the command line.
//
// The process never starts V8 (its children do), so that it can fork at any time.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>

#include "compiler/build.h"
#include "config/units.h"
#include "runtime/engine/entry.h"
#include "runtime/identity.h"

namespace {

using nano::compiler::BuildOptions;

constexpr int kUsageError = 2;

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
    "  nanoc build shop blog -o out     build two apps into out/\n"
    "  nanoc build --timeout 5m shop    give a slow build more time\n"
    "  nano serve dist                  serve what was built\n"
    "\n"
    "The entry is `entry` of nano.yaml, else `module` or `main` of package.json, else\n"
    "index.{ts,tsx,mts,js,mjs}, there or in src/.\n"
    "Exit status: 0 all built; 1 something failed, and the last dist/ is untouched; 2 wrong usage.";

std::string VersionText() {
  const nano::runtime::Identity& identity = nano::runtime::CurrentIdentity();
  return std::string("nanoc ") + NANO_VERSION + " (V8 " + identity.v8_version + ", engine " +
         identity.engine_release + ")";
}

// CLI11's validators give a message, or none.
std::string CheckDuration(const std::string& text) {
  const auto duration = nano::config::ParseDuration(text);
  if (!duration) return duration.error().ToString();
  return duration->count() > 0 ? "" : "the time must be more than nothing";
}

int Run(int argc, char** argv) {
  CLI::App program{kDescription, "nanoc"};
  program.footer(kExamples);
  program.set_version_flag("--version", VersionText, "Print the version and exit");
  program.set_help_flag("-h,--help", "Print this help and exit");
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
  build->add_flag("-q,--quiet", options.quiet, "Print errors and warnings only");
  build->add_flag("--json", options.json, "Print the summary as JSON");

  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.exit(error);  // --help, --version
    std::fprintf(stderr, "nanoc: %s\nTry `nanoc --help`.\n", error.what());
    return kUsageError;
  }
  if (!timeout.empty()) options.timeout = *nano::config::ParseDuration(timeout);
  return nano::compiler::Build(options);
}

}  // namespace

int NanoMain(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "nanoc: unexpected failure: %s (a bug in NANO)\n", error.what());
    return 1;
  }
}

// `nanoc build`: all apps of a configuration, several at a time, into one dist/.
// Thread: the process's only one.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "config/wrangler/settings.h"

namespace nano::compiler {

struct BuildOptions {
  std::vector<std::string> directories;  // Empty, without `config`: the working directory.
  std::string config;                    // A configuration file; empty: those of the directories.
  config::WranglerOptions wrangler;      // How wrangler files are read.
  std::string out;                       // Empty: what the configuration says.
  std::chrono::milliseconds timeout{0};  // Of one app; 0: what the configuration says.
  uint32_t keep = 0;                     // Builds that dist/ keeps; 0: what the configuration says.
  size_t jobs = 0;                       // Apps built at the same time; 0: one per core.
  bool keep_going = false;               // Write the apps that were built though others failed.
  bool no_cache = false;                 // Build apps that have not changed, too.
  bool prune = false;                    // Take apps out of dist/ that are not built now.
  bool quiet = false;                    // Errors and warnings only.
  bool json = false;                     // The summary as JSON on standard output.
};

// Builds, and tells the user about it. The exit status: 0, or 1 if any app failed (without
// `keep_going`, dist/ is left as it was), or 128 + N if the signal N stopped the build.
int Build(const BuildOptions& options);

}  // namespace nano::compiler

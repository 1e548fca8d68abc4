// Reading configurations from files. Owns nothing. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "config/wrangler/settings.h"

namespace nano::config {

inline constexpr char kFileName[] = "nano.yaml";

// The configuration file of a directory, if it has one. That it has none is sure: a link that leads
// nowhere, a folder that may not be searched and a nano.yml are Errors, since an app without the
// settings that were meant for it is worse than none.
Result<std::optional<std::string>> FindConfig(const std::string& directory);

// What a configuration is read for. In production only dist/ and a file of it may be there.
enum class Purpose { kServe, kBuild };

// Reads a configuration file, and those in the directories of the apps that it lists. All mistakes
// are told at once (Error::others), but for text that is not YAML, whose first one ends it. Errors:
// the file cannot be read; anything in it that the schema does not allow, with its place; two apps
// of one name, a host of two apps, two default apps; files that list each other. To build,
// directories that do not exist are told along with other mistakes; alone they are their apps' own.
// `files`, if not null, gets Config::files also when there is an error: what it takes to mend it
// may be done to any of them. To build, an app has from a wrangler file of its directory, read by
// `wrangler`, what no nano.yaml says of it; what is wrong with that file is the app's
// (AppSettings::refusals).
Result<Config> LoadConfig(const std::string& path, Purpose purpose = Purpose::kServe,
                          std::vector<std::string>* files = nullptr,
                          const WranglerOptions& wrangler = {});

// What to build: the apps of each directory, by its nano.yaml or, without one, as an app of the
// directory's name. `server` and `build` are taken from a single directory's file and are the
// defaults for several. A sole app without hosts becomes the default one. Errors: those of
// LoadConfig; a directory that does not exist; an app that no request would reach, because it has
// no hosts and is not the default, unless the caller is going to give it some (`reachable` false).
Result<Config> LoadDirectories(const std::vector<std::string>& directories, bool reachable = true,
                               const WranglerOptions& wrangler = {});

}  // namespace nano::config

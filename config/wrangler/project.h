// The wrangler file of an app's folder, read as nano.yaml would be. Owns nothing; reads files.
// Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/schema/app.h"
#include "config/wrangler/remark.h"
#include "config/wrangler/settings.h"

namespace nano::config {

struct WranglerProject {
  // What the file says; `wrangler` and `carried` are set.
  AppSettings app;
  // The folder that its paths are relative to: another one than it was looked for in, if a
  // framework has written a file to use instead (.wrangler/deploy/config.json).
  std::string directory;
  std::vector<Remark> remarks;
  std::vector<Error> errors;
};

// Reads wrangler.json, wrangler.jsonc or wrangler.toml of a folder: the first that there is, as
// Wrangler does. None: there is none.
std::optional<WranglerProject> ReadWranglerProject(const std::string& directory,
                                                   const WranglerOptions& options);

// The folders of projects below a directory, by its path, sorted: for who looks for one there.
// Three levels deep, without those of packages and builds, and no more than ten.
std::vector<std::string> WranglerProjectsBelow(const std::string& directory);

}  // namespace nano::config

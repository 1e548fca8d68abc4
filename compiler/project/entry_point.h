// Which file of an app's directory is its entry. Owns nothing; blocks. Thread: any.
#pragma once

#include <string>

#include "base/result.h"
#include "config/config.h"

namespace nano::compiler {

struct EntryPoint {
  std::string directory;  // The app's, absolute and without symbolic links.
  std::string file;       // Absolute.
  std::string shown;      // Relative to the directory: "src/index.ts".
};

// `entry` of nano.yaml; else `module` or `main` of package.json, if that file exists (it may be one
// that a build step would make); else index.{ts,tsx,mts,cts,js,jsx,mjs,cjs}, there or in src/. The
// error lists what was looked for.
Result<EntryPoint> FindEntryPoint(const config::AppSettings& app);

}  // namespace nano::compiler

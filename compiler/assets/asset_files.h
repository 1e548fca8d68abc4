// The files of an app's assets folder: what is served of it, and the two files that say how. Owns
// what it returns; blocks. Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace nano::compiler {

struct AssetFilesFound {
  std::string folder;  // Without symbolic links.
  // By their names from "/" on, in the order of those; below the folder under the same.
  std::vector<std::string> names;
  std::string redirects;  // Contents of `_redirects` and `_headers`; empty where there is none.
  std::string headers;
  std::vector<std::string> kept;  // Those of `names` that a pattern with "!" names.
  size_t ignored = 0;             // Files and folders that `.assetsignore` names.
  std::vector<Error> warnings;
};

// Looks through the folder. Left out are what `.assetsignore` says, itself, `_redirects` and
// `_headers`, what is at one of the paths `own`, which have no symbolic links, and what was never
// meant for others: `.git`, `.env`, `.dev.vars` and their like, `.DS_Store`, `node_modules`,
// `nano.yaml`, `wrangler.toml`; and if the folder is `project`, the app's own, what package
// managers and compilers have there (`package.json`), unless a pattern with "!" names it. Symbolic
// links are followed where they lead to a file in the folder. Errors: there is no such folder, it
// is a file, it is or is in one of `own`, or it cannot be read; it has the code of a Pages project
// in it
// (`_worker.js`), which would be given to everybody.
Result<AssetFilesFound> FindAssetFiles(const std::string& folder, const std::string& project = {},
                                       const std::vector<std::string>& own = {});

}  // namespace nano::compiler

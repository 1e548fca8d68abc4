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
  size_t ignored = 0;  // Files and folders that `.assetsignore` names.
  std::vector<Error> warnings;
};

// Looks through the folder. Left out are what `.assetsignore` says, itself, `_redirects` and
// `_headers`, and what was never meant for others: `.git`, `.env`, `.dev.vars` and their like,
// `.DS_Store`, `node_modules`. Symbolic links are followed where they lead to a file in the folder.
// Errors: there is no such folder, or it cannot be read; it has the code of a Pages project in it
// (`_worker.js`), which would be given to everybody.
Result<AssetFilesFound> FindAssetFiles(const std::string& folder);

}  // namespace nano::compiler

// An app's assets as a pack: its folder's files, compressed, with the rules by which they are
// served (assets/site.h). Owns nothing; blocks. Thread: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/cache/compressed_files.h"
#include "config/schema/assets.h"
#include "snapshot/asset_pack.h"

namespace nano::compiler {

struct BuiltAssets {
  std::string pack;                // Its bytes.
  std::string folder;              // Without symbolic links.
  std::vector<std::string> names;  // Of the files, as in the pack.
  uint64_t bytes = 0;              // Of the files.
  size_t ignored = 0;              // What `.assetsignore` left out.
  std::vector<Error> warnings;

  // Whether a file, by its path without symbolic links, is among them.
  bool Has(const std::string& path) const;
};

// Packs the folder of `settings`, which lies in `app_directory`. Errors: those of FindAssetFiles
// and EncodeAssetPack; a file that cannot be read; more than a snapshot may have.
Result<BuiltAssets> BuildAssets(const config::AssetSettings& settings,
                                const std::string& app_directory,
                                const CompressedFiles& compressed);

}  // namespace nano::compiler

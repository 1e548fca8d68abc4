// An app's assets as a pack: its folder's files, compressed, with the rules by which they are
// served (assets/site.h). Owns nothing; blocks. Thread: any.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/cache/compressed_files.h"
#include "config/schema/assets.h"
#include "snapshot/asset_pack.h"

namespace nano::compiler {

struct BuiltAssets {
  std::string pack;  // Its bytes.
  size_t files = 0;
  std::vector<Error> warnings;
};

// Packs the folder of `settings`, which lies in `app_directory`. Errors: those of FindAssetFiles
// and EncodeAssetPack; a file that cannot be read.
Result<BuiltAssets> BuildAssets(const config::AssetSettings& settings,
                                const std::string& app_directory,
                                const CompressedFiles& compressed);

}  // namespace nano::compiler

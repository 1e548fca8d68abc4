// An app's assets as a pack: its folder's files, compressed, with the rules by which they are
// served (assets/site.h). Owns nothing; blocks. Thread: any.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/schema/assets.h"
#include "snapshot/asset_pack.h"

namespace nano::compiler {

// Where what was compressed before is kept, so that it is not again: compression is most of what a
// build of assets takes.
class CompressedFiles {
 public:
  CompressedFiles() = default;  // Keeps nothing.
  // In a folder of the build cache, which exists.
  explicit CompressedFiles(std::string directory) : directory_(std::move(directory)) {}

  // Contents by their hash, in a coding by its name; empty: they are not known, or do not become
  // smaller.
  std::string Find(const std::string& digest, const std::string& coding, bool* known) const;
  void Store(const std::string& digest, const std::string& coding,
             const std::string& compressed) const;

 private:
  std::string directory_;
};

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

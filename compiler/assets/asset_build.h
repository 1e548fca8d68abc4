// An app's assets as a pack: its folder's files, compressed, with the rules by which they are
// served (assets/site.h). Owns nothing; blocks. Thread: any.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
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
  std::vector<std::string> kept;   // Those of them that `.assetsignore` names by "!".
  uint64_t bytes = 0;              // Of the files.
  size_t ignored = 0;              // What `.assetsignore` left out.
  std::vector<Error> warnings;

  // Whether a file, by its path without symbolic links, is among them.
  bool Has(const std::string& path) const;
  // Whether it is so because `.assetsignore` says it.
  bool Keeps(const std::string& path) const;
};

// How the assets of an app are built. What it refers to outlives the build.
struct AssetContext {
  const CompressedFiles& compressed;
  std::vector<std::string> own{};  // Paths of the build's own that are never served.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  // Told now and then of what is done so far: "packing assets, 1200 of 10000".
  std::function<void(std::string_view)> report = [](std::string_view) {};
};

// Packs the folder of `settings`, which lies in `app_directory`. Errors: those of FindAssetFiles
// and EncodeAssetPack; a file that cannot be read; more than a snapshot may have; no time is left.
Result<BuiltAssets> BuildAssets(const config::AssetSettings& settings,
                                const std::string& app_directory, const AssetContext& context);

}  // namespace nano::compiler

// The build cache: what building an app gave, by everything that went into it, so that an app that
// has not changed is not built again.
//
//   DIRECTORY/<program and settings>/<inputs>.json    what to tell of the build, and its inputs
//   DIRECTORY/<program and settings>/<inputs>.snap    the container
//   DIRECTORY/compressed/                             see compiler/cache/compressed_files.h
//
// Entries appear whole or not at all, several builds may use one directory at the same time, and
// nothing of it is trusted: a container is checked like any other. Owns nothing but the path.
// Thread: any. All calls block.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "compiler/cache/compressed_files.h"
#include "compiler/cache/inputs.h"
#include "compiler/project/entry_point.h"
#include "compiler/report/app_result.h"
#include "config/config.h"

namespace nano::compiler {

// NANO_CACHE_DIR (empty: no cache), else nano/ in XDG_CACHE_HOME, else in ~/.cache. Empty: there is
// none.
std::string DefaultCacheDirectory();

class BuildCache {
 public:
  BuildCache() = default;  // Keeps nothing.

  // Makes the directory if there is none. Fails if that cannot be, or if others may write to it.
  // `program` is ProgramDigest().
  static Result<BuildCache> Open(const std::string& directory, std::string program);

  // The entries of one app with its settings, built from `entry`.
  class Shelf {
   public:
    Shelf() = default;  // Keeps nothing.

    // The result of a build from the very same inputs, its container in the cache.
    std::optional<AppResult> Find(const std::string& app_directory) const;

    // Keeps a result, and moves its container here: `result.container` is changed. What cannot be
    // kept is built again next time; the Error says why.
    Result<void> Store(const Inputs& inputs, AppResult& result) const;

   private:
    friend class BuildCache;
    Shelf(std::string directory, std::string appearance)
        : directory_(std::move(directory)), appearance_(std::move(appearance)) {}

    std::string directory_;
    std::string appearance_;  // How places in messages look: compiler/cache/cache_record.h.
  };

  using Variables = std::vector<std::pair<std::string, std::string>>;

  // `assets`: what tells the app's assets from others, empty if it has none. `variables`: what the
  // app has of them while it is built. `color`: whether what is told of the build has colours.
  Shelf ShelfOf(const config::AppSettings& app, const EntryPoint& entry, std::string_view assets,
                const Variables& variables, bool color) const;

  // Makes the folder, if the cache keeps anything.
  CompressedFiles Compressed() const;

  bool enabled() const { return !directory_.empty(); }

  // Removes what killed builds left, what was not used for long, and the oldest if there is too
  // much.
  void Trim() const;

 private:
  std::string directory_;
  std::string program_;
};

}  // namespace nano::compiler

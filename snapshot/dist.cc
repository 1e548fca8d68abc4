// Reading of a dist.
#include "snapshot/dist.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "base/file.h"

namespace nano::snapshot {
namespace {

using Snapshot = Result<std::shared_ptr<const Container>>;

// A build that ends meanwhile removes snapshots that the manifest read before names.
constexpr int kAttempts = 3;

// Tens of thousands of apps.
constexpr size_t kMaxManifest = size_t{64} << 20;

constexpr char kAgain[] = "Copy all of the dist, or build it again.";

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

Snapshot OpenSnapshot(const std::string& path, const ManifestApp& app,
                      const runtime::Identity& identity) {
  if (!Exists(path)) return Error{"the snapshot is missing", path, kAgain};
  // Nothing that is too large is copied to find out. A truncated one says so itself.
  std::error_code unknown;
  const uintmax_t bytes = std::filesystem::file_size(path, unknown);
  if (!unknown && bytes > app.bytes) {
    return Error{"this is another snapshot than the manifest names: it has " +
                     std::to_string(bytes) + " bytes instead of " + std::to_string(app.bytes),
                 path, kAgain};
  }
  const size_t most = std::min<uint64_t>(app.bytes, kMaxFileBytes);
  Container container = TRY(Container::Open(path, identity, CopyPlace::kDisk, most));
  // Whole in itself; but it has to be the one that the manifest means.
  if (container.digest() != app.digest || container.size() != app.bytes) {
    return Error{"this is another snapshot than the manifest names: it has " +
                     std::to_string(container.size()) + " bytes and SHA-256 " + container.digest(),
                 path, kAgain};
  }
  return std::make_shared<const Container>(std::move(container));
}

}  // namespace

Result<std::optional<Manifest>> ReadManifest(const std::string& directory) {
  const std::string path = directory + "/manifest.json";
  if (!TRY(IsThere(path))) return std::optional<Manifest>();
  return std::optional<Manifest>(TRY(DecodeManifest(TRY(ReadFile(path, kMaxManifest)), path)));
}

Result<Dist> LoadDist(const std::string& directory, const runtime::Identity& identity) {
  const std::string path = directory + "/manifest.json";
  for (int attempt = 1;; ++attempt) {
    if (!TRY(IsThere(path))) {
      return Error{Exists(directory) ? "there is no manifest.json in it: it is not a dist"
                                     : "there is no such directory",
                   directory, "Build one with `nanoc build`, or name another directory."};
    }
    const std::string text = TRY(ReadFile(path, kMaxManifest));
    Dist dist;
    dist.directory = directory;
    dist.manifest = TRY(DecodeManifest(text, path));
    dist.apps.reserve(dist.manifest.apps.size());
    std::map<std::pair<std::string, uint64_t>, Snapshot> opened;
    bool missing = false;
    for (const ManifestApp& app : dist.manifest.apps) {
      const std::string file = directory + "/" + SnapshotPath(app.digest);
      const auto key = std::pair(app.digest, app.bytes);
      auto found = opened.find(key);
      if (found == opened.end()) {
        found = opened.emplace(key, OpenSnapshot(file, app, identity)).first;
        missing = missing || (!found->second.ok() && !Exists(file));
      }
      dist.apps.push_back({app, found->second});
    }
    if (!missing || attempt == kAttempts) return dist;
    const Result<std::string> now = ReadFile(path, kMaxManifest);
    if (now.ok() && *now == text) return dist;
  }
}

}  // namespace nano::snapshot

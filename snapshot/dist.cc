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

constexpr char kAgain[] = "Copy all of the dist, or build it again.";

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

}  // namespace

Snapshot LoadSnapshot(const std::string& path, const std::string& digest, uint64_t bytes,
                      const runtime::Identity& identity, const LoadOptions& options) {
  if (options.known) {
    std::shared_ptr<const Container> known = options.known(digest);
    if (known != nullptr && known->size() == bytes) return known;
  }
  if (!Exists(path)) return Error{"the snapshot is missing", path, kAgain};
  // Nothing that is too large is copied to find out. A truncated one says so itself.
  std::error_code unknown;
  const uintmax_t present = std::filesystem::file_size(path, unknown);
  if (!unknown && present > bytes) {
    return Error{"this is another snapshot than the manifest names: it has " +
                     std::to_string(present) + " bytes instead of " + std::to_string(bytes),
                 path, kAgain};
  }
  const size_t most = std::min<uint64_t>(bytes, kMaxFileBytes);
  Descriptor copy;
  Container container = TRY(
      Container::Open(path, identity, CopyPlace::kDisk, most, options.opened ? &copy : nullptr));
  // Whole in itself; but it has to be the one that the manifest means.
  if (container.digest() != digest || container.size() != bytes) {
    return Error{"this is another snapshot than the manifest names: it has " +
                     std::to_string(container.size()) + " bytes and SHA-256 " + container.digest(),
                 path, kAgain};
  }
  if (options.opened) options.opened(digest, std::move(copy));
  return std::make_shared<const Container>(std::move(container));
}

Result<std::optional<Manifest>> ReadManifest(const std::string& directory) {
  const std::string path = directory + "/manifest.json";
  if (!TRY(IsThere(path))) return std::optional<Manifest>();
  return std::optional<Manifest>(TRY(DecodeManifest(TRY(ReadFile(path, kMaxManifestBytes)), path)));
}

Result<Dist> LoadDist(const std::string& directory, const runtime::Identity& identity,
                      const LoadOptions& options) {
  const std::string path = directory + "/manifest.json";
  for (int attempt = 1;; ++attempt) {
    if (!TRY(IsThere(path))) {
      return Error{Exists(directory) ? "there is no manifest.json in it: it is not a dist"
                                     : "there is no such directory",
                   directory, "Build one with `nanoc build`, or name another directory."};
    }
    const std::string text = TRY(ReadFile(path, kMaxManifestBytes));
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
        Snapshot snapshot = LoadSnapshot(file, app.digest, app.bytes, identity, options);
        found = opened.emplace(key, std::move(snapshot)).first;
        missing = missing || (!found->second.ok() && !Exists(file));
      }
      dist.apps.push_back({app, found->second});
    }
    if (!missing || attempt == kAttempts) return dist;
    const Result<std::string> now = ReadFile(path, kMaxManifestBytes);
    if (now.ok() && *now == text) return dist;
  }
}

}  // namespace nano::snapshot

// Reading of a dist.
#include "snapshot/dist.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "base/file.h"

namespace nano::snapshot {
namespace {

using Snapshot = Result<std::shared_ptr<const Container>>;

// A build that ends meanwhile removes snapshots that the manifest read before names.
constexpr int kAttempts = 3;

// Threads that load at once, and how many snapshots are worth another one.
constexpr size_t kMostThreads = 8;
constexpr size_t kWorthAThread = 8;

constexpr char kAgain[] = "Copy all of the dist, or build it again.";

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// What is to be loaded, and what came of it.
struct Load {
  std::string path;
  std::string digest;
  uint64_t bytes = 0;
  Snapshot snapshot = Error{"it was not loaded", {}, {}};
  Descriptor copy{};
};

// One that is mapped already; null: it is not.
std::shared_ptr<const Container> FindKnown(const Load& load, const LoadOptions& options) {
  if (!options.known) return nullptr;
  std::shared_ptr<const Container> known = options.known(load.digest);
  return known != nullptr && known->size() == load.bytes ? known : nullptr;
}

// Any thread.
Snapshot Open(Load& load, const runtime::Identity& identity, bool keep_copy) {
  const auto& [path, digest, bytes, snapshot, copy] = load;
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
  Container container = TRY(
      Container::Open(path, identity, CopyPlace::kDisk, most, keep_copy ? &load.copy : nullptr));
  // Whole in itself; but it has to be the one that the manifest means.
  if (container.digest() != digest || container.size() != bytes) {
    return Error{"this is another snapshot than the manifest names: it has " +
                     std::to_string(container.size()) + " bytes and SHA-256 " + container.digest(),
                 path, kAgain};
  }
  return std::make_shared<const Container>(std::move(container));
}

// All of them. A thousand are copied and read to the last byte, which is most of what a server's
// start takes: so several threads do it, which are gone afterwards. The callbacks are this one's.
void LoadAll(std::vector<Load>& loads, const runtime::Identity& identity,
             const LoadOptions& options) {
  std::vector<Load*> unknown;
  for (Load& load : loads) {
    if (auto known = FindKnown(load, options)) {
      load.snapshot = std::move(known);
    } else {
      unknown.push_back(&load);
    }
  }
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < unknown.size();) {
      Load& load = *unknown[i];
      load.snapshot = Open(load, identity, options.opened != nullptr);
    }
  };
  std::vector<std::thread> others;
  const size_t useful = std::min(
      {kMostThreads, size_t{std::thread::hardware_concurrency()}, unknown.size() / kWorthAThread});
  for (size_t i = 1; i < useful; ++i) others.emplace_back(work);
  work();
  for (std::thread& thread : others) thread.join();
  for (Load* load : unknown) {
    if (load->snapshot.ok() && options.opened) options.opened(load->digest, std::move(load->copy));
  }
}

}  // namespace

Snapshot LoadSnapshot(const std::string& path, const std::string& digest, uint64_t bytes,
                      const runtime::Identity& identity, const LoadOptions& options) {
  std::vector<Load> loads;
  loads.push_back({.path = path, .digest = digest, .bytes = bytes});
  LoadAll(loads, identity, options);
  return std::move(loads.front().snapshot);
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
    std::vector<Load> loads;
    std::map<std::pair<std::string, uint64_t>, size_t> places;
    for (const ManifestApp& app : dist.manifest.apps) {
      if (!places.emplace(std::pair(app.digest, app.bytes), loads.size()).second) continue;
      loads.push_back({.path = directory + "/" + SnapshotPath(app.digest),
                       .digest = app.digest,
                       .bytes = app.bytes});
    }
    LoadAll(loads, identity, options);
    for (const ManifestApp& app : dist.manifest.apps) {
      dist.apps.push_back({app, loads[places.at({app.digest, app.bytes})].snapshot});
    }
    const bool missing = std::any_of(loads.begin(), loads.end(), [](const Load& load) {
      return !load.snapshot.ok() && !Exists(load.path);
    });
    if (!missing || attempt == kAttempts) return dist;
    const Result<std::string> now = ReadFile(path, kMaxManifestBytes);
    if (now.ok() && *now == text) return dist;
  }
}

}  // namespace nano::snapshot

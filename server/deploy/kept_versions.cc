// Puts the places together. See kept_versions.h.
#include "server/deploy/kept_versions.h"

#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "snapshot/generations.h"

namespace nano::server {
namespace {

// When a file was written, in milliseconds since 1970; 0: it is not there.
int64_t WrittenAt(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return 0;
  return int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000;
}

class Collector {
 public:
  void Add(KeptVersion version) { Insert(versions.end(), std::move(version)); }
  // Which is newer than what was built before it was uploaded.
  void AddUploaded(KeptVersion version) { Insert(versions.begin(), std::move(version)); }

  std::vector<KeptVersion> versions;

 private:
  void Insert(std::vector<KeptVersion>::iterator place, KeptVersion version) {
    const bool known = std::any_of(
        versions.begin(), versions.end(),
        [&version](const KeptVersion& other) { return other.digest == version.digest; });
    if (!known && !version.digest.empty()) versions.insert(place, std::move(version));
  }
};

}  // namespace

Result<std::vector<KeptVersion>> KeptVersionsOf(std::string_view app, const ServedFiles& files,
                                                const Release& release, const StateStore* store,
                                                std::string previous) {
  Collector all;
  const ServedApp* served = release.Find(app);
  if (served != nullptr && served->leaving) served = nullptr;
  const std::string current = served == nullptr ? std::string() : served->version->digest;
  const StoredState::Entry stored = store == nullptr ? nullptr : store->state().Find(app);
  // What the dist is now, which may be builds ahead of what was loaded from it.
  const std::string& directory = files.dist.directory;
  const Result<std::optional<snapshot::Manifest>> read = snapshot::ReadManifest(directory);
  const bool is_there = read.ok() && read->has_value();
  const snapshot::Manifest& present = is_there ? **read : files.dist.manifest;
  const snapshot::Generations generations = TRY(snapshot::ReadGenerations(directory, present));
  for (const snapshot::KeptVersion& version :
       snapshot::VersionsOf(app, present, generations.kept)) {
    all.Add({.digest = version.app.digest,
             .bytes = version.app.bytes,
             .generation = version.generation.value_or(0)});
  }
  const auto add_stored = [&all](const StoredSnapshot& snapshot) {
    all.AddUploaded({.digest = snapshot.digest, .bytes = snapshot.bytes, .source = Origin::kApi});
  };
  if (stored != nullptr && stored->previous) {
    add_stored(*stored->previous);
    if (previous.empty()) previous = stored->previous->digest;
  }
  if (stored != nullptr && stored->code) add_stored(stored->code->snapshot);
  if (stored != nullptr && stored->canary) add_stored(stored->canary->snapshot);
  // What is served is listed though its dist may be gone.
  if (served != nullptr) all.Add({.digest = current, .bytes = served->version->bytes});
  std::vector<KeptVersion>& versions = all.versions;
  const auto is_gone = [&](KeptVersion& version) {
    version.built = WrittenAt(SnapshotFileOf(version.digest, files, store));
    return version.built == 0 && version.digest != current;
  };
  std::erase_if(versions, is_gone);
  if (previous.empty()) {
    // The one before: what was built after the current one has not served yet.
    auto before =
        std::find_if(versions.begin(), versions.end(),
                     [&current](const KeptVersion& version) { return version.digest == current; });
    if (before != versions.end() && ++before != versions.end()) previous = before->digest;
  }
  for (KeptVersion& version : versions) {
    version.current = version.digest == current;
    version.canary =
        served != nullptr && served->canary && served->canary->version->digest == version.digest;
    version.previous = version.digest == previous;
  }
  return std::move(versions);
}

std::string SnapshotFileOf(const std::string& digest, const ServedFiles& files,
                           const StateStore* store) {
  if (store != nullptr && store->HasSnapshot(digest)) return store->SnapshotPath(digest);
  return files.dist.directory + "/" + snapshot::SnapshotPath(digest);
}

}  // namespace nano::server

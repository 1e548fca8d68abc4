// Puts the places together. See kept_versions.h.
#include "server/deploy/kept_versions.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "snapshot/generations.h"

namespace nano::server {
namespace {

int64_t Milliseconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

class Collector {
 public:
  void Add(KeptVersion version) {
    const bool known = std::any_of(
        versions.begin(), versions.end(),
        [&version](const KeptVersion& other) { return other.digest == version.digest; });
    if (!known && !version.digest.empty()) versions.push_back(std::move(version));
  }

  std::vector<KeptVersion> versions;
};

}  // namespace

Result<std::vector<KeptVersion>> KeptVersionsOf(std::string_view app, const ServedFiles& files,
                                                const Release& release, const StateStore* store,
                                                std::string previous) {
  Collector all;
  const ServedApp* served = release.Find(app);
  const StoredState::Entry stored = store == nullptr ? nullptr : store->state().Find(app);
  const auto add_stored = [&all](const StoredSnapshot& snapshot) {
    all.Add({.digest = snapshot.digest, .bytes = snapshot.bytes, .source = Origin::kApi});
  };
  if (stored != nullptr && stored->code) add_stored(stored->code->snapshot);
  if (stored != nullptr && stored->canary) add_stored(stored->canary->snapshot);
  const snapshot::Manifest& present = files.dist.manifest;
  const snapshot::Generations generations =
      TRY(snapshot::ReadGenerations(files.dist.directory, present));
  for (const snapshot::KeptVersion& version :
       snapshot::VersionsOf(app, present, generations.kept)) {
    all.Add({.digest = version.app.digest,
             .bytes = version.app.bytes,
             .built = version.replaced ? Milliseconds(*version.replaced) : 0,
             .generation = version.generation.value_or(0)});
  }
  if (stored != nullptr && stored->previous) {
    add_stored(*stored->previous);
    if (previous.empty()) previous = stored->previous->digest;
  }
  const std::string current = served == nullptr ? std::string() : served->version->digest;
  if (previous.empty() && !current.empty()) {
    for (const KeptVersion& version : all.versions) {
      if (version.digest == current || version.generation == 0) continue;
      previous = version.digest;
      break;
    }
  }
  for (KeptVersion& version : all.versions) {
    version.current = version.digest == current;
    version.canary =
        served != nullptr && served->canary && served->canary->version->digest == version.digest;
    version.previous = version.digest == previous;
  }
  return std::move(all.versions);
}

std::string SnapshotFileOf(const std::string& digest, const ServedFiles& files,
                           const StateStore* store) {
  if (store != nullptr && store->HasSnapshot(digest)) return store->SnapshotPath(digest);
  return files.dist.directory + "/" + snapshot::SnapshotPath(digest);
}

}  // namespace nano::server

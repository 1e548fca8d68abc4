// Reads a dist, the directory that `nanoc build` makes (snapshot/dist_writer.h): its manifest and
// checked copies of the snapshots.
//
// Owns the mappings. Immutable after loading, hence safe to share between threads, and between
// processes by fork().
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/identity.h"
#include "snapshot/container.h"
#include "snapshot/manifest.h"

namespace nano::snapshot {

// The manifest of a dist; none if there is no such directory, or nothing in it.
Result<std::optional<Manifest>> ReadManifest(const std::string& directory);

struct DistApp {
  ManifestApp entry;
  // The checked snapshot, shared by the apps that have the same one; or why it cannot be served.
  Result<std::shared_ptr<const Container>> snapshot;
};

struct Dist {
  std::string directory;
  Manifest manifest;
  std::vector<DistApp> apps;  // In the manifest's order.
};

// Reads and checks all of a dist. A snapshot that fails its checks does not keep the others from
// being served: its Error is in its app. Fails if there is no dist or its manifest is damaged. A
// dist that is replaced meanwhile gives the old or the new one. Blocks, about a millisecond per
// megabyte.
Result<Dist> LoadDist(const std::string& directory, const runtime::Identity& identity);

}  // namespace nano::snapshot

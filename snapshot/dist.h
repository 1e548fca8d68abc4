// Reads a dist, the directory that `nanoc build` makes (snapshot/dist_writer.h): its manifest and
// checked copies of the snapshots.
//
// Owns the mappings. Immutable after loading, hence safe to share between threads, and between
// processes by fork().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "runtime/identity.h"
#include "snapshot/container.h"
#include "snapshot/manifest.h"

namespace nano::snapshot {

// The folder inside a dist in which a server that serves it keeps what is its own, unless it is
// told another: none of nanoc's.
inline constexpr char kStateFolder[] = ".state";

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

// What a process needs that is serving already. Without: every snapshot is opened, and its copy's
// descriptor closed.
struct LoadOptions {
  // The container with this digest that is at hand already, or null. It is neither copied nor
  // checked again, whatever has become of its file.
  std::function<std::shared_ptr<const Container>(const std::string& digest)> known{};
  // Gets, for each snapshot that was not known and is good, the descriptor of its copy, which can
  // only be read: for the processes that are forked already (Container::Adopt).
  std::function<void(const std::string& digest, Descriptor copy)> opened{};
};

// A single snapshot: one that a manifest that is kept names, or that lies elsewhere. Fails if it is
// not the one with this digest and size.
Result<std::shared_ptr<const Container>> LoadSnapshot(const std::string& path,
                                                      const std::string& digest, uint64_t bytes,
                                                      const runtime::Identity& identity,
                                                      const LoadOptions& options = {});

// Reads and checks all of a dist. A snapshot that fails its checks does not keep the others from
// being served: its Error is in its app. Fails if there is no dist or its manifest is damaged. A
// dist that is replaced meanwhile gives the old or the new one. Blocks, about a millisecond per
// megabyte.
Result<Dist> LoadDist(const std::string& directory, const runtime::Identity& identity,
                      const LoadOptions& options = {});

}  // namespace nano::snapshot

// Snapshots that a process has mapped for one release, for making the next one: they are neither
// copied nor checked again.
//
// Owns its shares of them. Thread: one at a time, the supervisor's main one or a worker's loop.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/descriptor.h"
#include "server/release/release.h"
#include "snapshot/dist.h"

namespace nano::server {

// Of snapshots that running workers do not have, by digest.
using SnapshotDescriptors = std::unordered_map<std::string, Descriptor>;

// The snapshots of a release's versions, by their digests; gone through once one is asked for.
class MappedSnapshots {
 public:
  // The release outlives it.
  explicit MappedSnapshots(const Release* release) : release_(release) {}

  // Null: there is none, or nobody gets its app any more.
  AppVersion::Snapshot Find(std::string_view digest);

 private:
  void Fill();

  const Release* const release_;
  bool filled_ = false;
  std::unordered_map<std::string_view, AppVersion::Snapshot> by_digest_;
};

// For reading snapshots beside those of `base` (or null), which are neither copied nor checked
// again; the descriptors of the others go to `opened`. Both outlive the options.
snapshot::LoadOptions BesideBase(const Release* base, SnapshotDescriptors& opened);

}  // namespace nano::server

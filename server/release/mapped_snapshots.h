// Snapshots that a server has mapped for one release, for reading those of the next: they are
// neither copied nor checked again.
//
// Owns nothing. Thread: the supervisor's main one.
#pragma once

#include <string>
#include <unordered_map>

#include "base/descriptor.h"
#include "server/release/release.h"
#include "snapshot/dist.h"

namespace nano::server {

// Of snapshots that running workers do not have, by digest.
using SnapshotDescriptors = std::unordered_map<std::string, Descriptor>;

// For reading snapshots beside those of `base` (or null), which are neither copied nor checked
// again; the descriptors of the others go to `opened`. Both outlive the options.
snapshot::LoadOptions BesideBase(const Release* base, SnapshotDescriptors& opened);

}  // namespace nano::server

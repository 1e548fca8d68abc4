// Which versions of an app can be made current, and where their snapshots lie: those of the dist,
// of its earlier generations, and those that came through the API.
//
// Owns nothing. Thread: any; reads files.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/deploy/state_store.h"
#include "server/deploy/views.h"
#include "server/release/release.h"
#include "server/release/served_files.h"

namespace nano::server {

// The newest first, each digest once: also builds that were never loaded, but none whose snapshot
// is gone. `served` is left to the caller. `store` may be null. `previous` is the digest of the
// version that served before the present one, as far as that is known; empty: the newest one before
// it in the list is.
Result<std::vector<KeptVersion>> KeptVersionsOf(std::string_view app, const ServedFiles& files,
                                                const Release& release, const StateStore* store,
                                                std::string previous);

// The file that a kept version's snapshot is in.
std::string SnapshotFileOf(const std::string& digest, const ServedFiles& files,
                           const StateStore* store);

}  // namespace nano::server

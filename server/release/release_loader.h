// Makes the apps of a release: of what the files say, and of what was changed through the API.
//
// Owns nothing. Thread: the supervisor's main one. Blocks, about a millisecond for each megabyte of
// snapshots that are not mapped already.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "server/release/mapped_snapshots.h"
#include "server/release/release.h"
#include "server/release/served_files.h"
#include "server/release/stored_state.h"

namespace nano::server {

// Counts the versions of a server.
class VersionIds {
 public:
  uint32_t Next() { return ++last_; }

 private:
  uint32_t last_ = 0;
};

// What was changed through the API.
struct ReleaseChanges {
  StoredState state{};
  // What the base was made of, together with these very files; null: it is not known, or was made
  // of others.
  const StoredState* before = nullptr;
  // Where a snapshot lies that the state names.
  std::function<std::string(const std::string& digest)> snapshot_path{};
};

// What Release::Make takes, and what else there is to know.
struct LoadedRelease {
  std::vector<ServedApp> apps;        // In the order of their names.
  SnapshotDescriptors snapshots;      // Of what the base does not have.
  std::vector<std::string> warnings;  // What is odd, but no reason not to serve.
  std::vector<std::string> fresh;     // The same of what is so only since this release.
  StoredState state;                  // What still counts of the changes …
  // … and what the files have overtaken: apps with the respects.
  std::vector<std::pair<std::string, std::vector<std::string>>> overtaken;
};

// Puts it together and expands the variables of the apps. An app whose version is the one in `base`
// (or null), by each of its bytes, has that very version; one that is made of the same as before is
// taken from there as it is. An app whose snapshot fails its checks is
// there with a `refusal`. Errors: a variable of a served app is not set; what the app was built
// with and requires is not given; a proxy or a file of authorities that is none; a service that is
// no app of the release; a change that makes no configuration; no app can be served. `opened` are
// the descriptors that reading the files beside `base` has given.
Result<LoadedRelease> ComposeRelease(const ServedFiles& files, const ReleaseChanges& changes,
                                     const Release* base, VersionIds& ids,
                                     SnapshotDescriptors opened = {});

}  // namespace nano::server

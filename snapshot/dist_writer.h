// Writes a dist: the directory that `nanoc build` makes and `nano serve` reads.
//
//   dist/manifest.json              which apps there are (snapshot/manifest.h)
//   dist/snapshots/<digest>.snap    their snapshots (snapshot/container.h), named by content
//   dist/generations/<number>.json  the manifests before (snapshot/generations.h)
//
// The manifest is replaced last and at once, after everything that it names is on disk and the one
// before is kept, so that at any moment, and after a crash at any moment, the dist is whole: the
// previous one or the new one. Nothing outside of these folders is ever written or removed:
// `snapshots` and `generations` may be no symbolic links. What a server keeps in the dist's .state
// is left alone. Thread: any one at a time. All calls block.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/folder.h"
#include "base/result.h"
#include "runtime/identity.h"
#include "snapshot/directory_lock.h"
#include "snapshot/manifest.h"

namespace nano::snapshot {

// A snapshot that is in the dist, in the words of the manifest.
struct StoredSnapshot {
  std::string digest;
  uint64_t bytes = 0;
};

struct CommitOutcome {
  std::vector<Error> warnings;  // Files that could not be removed; the dist is good nevertheless.
};

class DistWriter {
 public:
  // Whether Open() would find a directory that is NANO's to write, or could make one: for those who
  // have much to do before that. Changes nothing.
  static Result<void> Check(const std::string& directory);

  // Makes the directory if there is none, locks it, and removes what an interrupted build left.
  // Fails if another build holds it, or if it has files in it and is no dist: those are not NANO's
  // to replace.
  static Result<std::unique_ptr<DistWriter>> Open(const std::string& directory,
                                                  const runtime::Identity& identity);

  // Without Commit, takes away what it added.
  ~DistWriter();
  DistWriter(const DistWriter&) = delete;
  DistWriter& operator=(const DistWriter&) = delete;

  // Puts a snapshot into the dist, where nothing refers to it yet. One that is there already, with
  // the same bytes, is left alone. The file, which may be anywhere, was checked already and found
  // to have this digest (snapshot/container.h).
  Result<StoredSnapshot> AddSnapshot(const std::string& container_path, const std::string& digest);

  // Leaves the snapshot of an app that is in the dist where it is. Fails if it is missing or, at a
  // glance, another one; it is kept nevertheless, and refused by the server.
  Result<void> KeepSnapshot(const ManifestApp& app);

  // Replaces the manifest, and keeps the one before as a generation if they differ; then removes
  // the generations beyond the last `keep` builds, the present one included, and the snapshots that
  // no manifest names which is left. The apps' snapshots must have been added or kept. On failure
  // either the old manifest is in place or the new one.
  Result<CommitOutcome> Commit(std::vector<ManifestApp> apps, size_t keep);

 private:
  struct Made {  // By this object; to be taken away without Commit.
    bool directory = false;
    bool snapshots = false;
    std::vector<std::string> files;  // In `snapshots`.
  };

  DistWriter(Folder directory, const runtime::Identity& identity, DirectoryLock lock)
      : directory_(std::move(directory)), identity_(identity), lock_(std::move(lock)) {}

  Result<void> NeedSnapshots();
  Result<void> ReplaceManifest(const std::string& text, size_t keep);

  const Folder directory_;
  std::optional<Folder> snapshots_;  // Once there is one.
  const runtime::Identity identity_;
  DirectoryLock lock_;
  std::set<std::string> added_;  // Digests.
  Made made_;
  bool keep_ = false;  // What was added may be in use.
};

}  // namespace nano::snapshot

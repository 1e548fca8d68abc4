// The folder in which a server keeps what was changed through its API: `server.state`, dist/.state
// unless set.
//
//   .state/state.json               the changes (stored_state_json.h); mode 0600, it holds secrets
//   .state/snapshots/<digest>.snap  snapshots that they name, or that are served
//   .state/uploads/                 snapshots on their way in
//   .state/lock                     locked while a server has the folder
//
// What is saved is on disk before anybody is told that it is: at any moment, and after a crash at
// any moment, state.json is the old one or the new one, and the snapshots that it names are there.
//
// Owns the folder and its lock, which is this process's: children do not inherit it, and it goes
// with the process however that ends. Thread: the supervisor's. All calls block.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.h"
#include "base/folder.h"
#include "base/result.h"
#include "server/deploy/stored_state_json.h"
#include "server/release/stored_state.h"

namespace nano::server {

class StateStore {
 public:
  // Makes the folder if there is none (mode 0700), locks it, reads the state, and removes what was
  // left half-written. Errors: another server has the folder; the state is damaged or of a later
  // version: nothing is removed or written then.
  static Result<std::unique_ptr<StateStore>> Open(const std::string& path);
  StateStore(const StateStore&) = delete;
  StateStore& operator=(const StateStore&) = delete;

  const StoredState& state() const { return state_; }

  // Before a change: if the path leads to another folder than it did, since the dist that it lies
  // in was replaced, by a rename or by a link that names another one, all of it is saved there, and
  // goes on there. What that folder had before is replaced.
  Result<void> Follow();

  // Replaces the state: on disk when it returns. The snapshots that are named for the first time
  // must have been added. On failure state() is as it was, and on disk is that or the new one: save
  // again before anything else is said to be kept.
  Result<void> Save(StoredState state);

  // Keeps the snapshot in a file, which may be anywhere and was checked to have this digest, by a
  // hard link where that can be, else by a copy. On disk when it returns.
  Result<void> AddSnapshot(const std::string& file, const std::string& digest);
  // The same of one that is in memory only.
  Result<void> WriteSnapshot(std::string_view bytes, const std::string& digest);
  // Where it is, or would be.
  std::string SnapshotPath(const std::string& digest) const;
  bool HasSnapshot(const std::string& digest) const;

  // Removes the snapshots that neither the state nor `served` names. Those that cannot be are left
  // for the next time, and so is everything while another process has the folder.
  void RemoveUnused(const std::set<std::string>& served);
  // One, if the state does not name it.
  void RemoveIfUnused(const std::string& digest);

  // A folder on the same file system, for what is being uploaded. Emptied when the store is opened.
  const std::string& upload_folder() const { return uploads_.path(); }

  // Lets another process have the folder, the one that takes over from this one. Nothing can be
  // saved, added or removed from then on.
  void Unlock() { lock_ = Descriptor(); }
  bool is_locked() const { return lock_.get() >= 0; }
  // It has come to nothing. Fails if that process, or another one, has the folder; fine if this one
  // still has it.
  Result<void> Relock();

 private:
  StateStore& operator=(StateStore&&) = default;
  StateStore(Folder folder, Folder snapshots, Folder uploads, Descriptor lock, StoredState state)
      : folder_(std::move(folder)),
        snapshots_(std::move(snapshots)),
        uploads_(std::move(uploads)),
        lock_(std::move(lock)),
        state_(std::move(state)) {}

  Error IsOthers() const;
  Result<StateLines> LinesOf(const StoredState& state) const;
  Result<void> CheckSnapshots(const StoredApp& app) const;

  Folder folder_;
  Folder snapshots_;
  Folder uploads_;
  Descriptor lock_;
  StoredState state_;
  StateLines lines_;  // Of state.json, each app's, as they were saved last; none before.
};

}  // namespace nano::server

// What a change to an app makes of what is kept of changes: without doing anything yet.
//
// Owns nothing. Thread-safe.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "server/deploy/changes.h"
#include "server/deploy/views.h"
#include "server/release/release.h"
#include "server/release/stored_state.h"

namespace nano::server {

struct ChangeContext {
  const Release& release;           // That is served.
  const StoredApp* stored;          // What is kept of changes to the app now, or null.
  const FileApp* files = nullptr;   // What the files say of the app, or null.
  std::vector<KeptVersion> kept{};  // The app's versions, the newest first.
  // Of PutApp: the uploaded container, once it was checked.
  std::optional<StoredSnapshot> uploaded{};
};

// What is kept of changes to the app after this one, maybe nothing; or why there is no change:
// kNotFound, kInvalid, kUnchanged.
std::variant<StoredApp, Outcome> ApplyChange(const AppChange& change, const ChangeContext& context);

// Whether a change chooses between the version that is served, or that is uploaded, and the one
// that lies in the dist and was not loaded, whose digest is `built`: from then on that build has
// been decided about.
bool Decides(const AppChange& change, const ChangeContext& context, const std::string& built);

// What is kept of an app once its files are known to have another build: what is served, and its
// canary, count instead of that.
void StayWith(StoredApp& entry, const ServedApp& served, const std::string& built);

// Of a version that is named by its digest, by enough of its first digits, or as "previous".
// Fails with kNotFound or kInvalid.
std::variant<KeptVersion, Outcome> FindVersion(const std::string& name,
                                               const std::vector<KeptVersion>& kept);

}  // namespace nano::server

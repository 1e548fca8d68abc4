// What a running server can be asked to do to an app, and what comes of it.
//
// A change owns the file that was uploaded for it. Moved, not copied. Thread-safe as any value
// type.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "server/deploy/views.h"

namespace nano::server {

// A snapshot's container on disk, in the folder that Deployments::upload_folder() names: whole and
// synced, but not checked. Goes with the object unless somebody keeps it; copies of the object in
// processes that are forked meanwhile leave it alone.
class UploadedFile {
 public:
  UploadedFile(std::string path, uint64_t bytes, std::string digest)
      : path_(std::move(path)), bytes_(bytes), digest_(std::move(digest)) {}
  ~UploadedFile() {
    if (!path_.empty() && getpid() == owner_) unlink(path_.c_str());
  }
  UploadedFile(UploadedFile&& other) noexcept
      : path_(std::exchange(other.path_, {})),
        bytes_(other.bytes_),
        digest_(std::move(other.digest_)),
        owner_(other.owner_) {}
  UploadedFile& operator=(UploadedFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(bytes_, other.bytes_);
    std::swap(digest_, other.digest_);
    std::swap(owner_, other.owner_);
    return *this;
  }

  const std::string& path() const { return path_; }
  uint64_t bytes() const { return bytes_; }
  const std::string& digest() const { return digest_; }  // SHA-256 of all of it, 64 digits.

  // It has been moved to its own place, or linked there: nothing is removed any more.
  void Keep() { path_.clear(); }

 private:
  std::string path_;
  uint64_t bytes_ = 0;
  std::string digest_;
  pid_t owner_ = getpid();
};

// What has to be so of an app when a change begins (RFC 9110, section 13.1).
struct Precondition {
  enum class Kind {
    kNone,
    kAbsent,  // There is no such app: If-None-Match: *
    kThere,   // There is one, whatever it is: If-Match: *
    kEtag,    // It is as one of `etags` says.
  };

  Kind kind = Kind::kNone;
  std::vector<std::string> etags{};  // Without quotes.

  // `app`: null if there is none.
  bool Holds(const AppView* app) const {
    switch (kind) {
      case Kind::kNone:
        return true;
      case Kind::kAbsent:
        return app == nullptr;
      case Kind::kThere:
        return app != nullptr;
      case Kind::kEtag:
        return app != nullptr && std::find(etags.begin(), etags.end(), app->etag) != etags.end();
    }
    return false;
  }
};

// A secret's new value; none: it is taken away.
using SecretChanges = std::vector<std::pair<std::string, std::optional<std::string>>>;

// Makes an app, or replaces what is given of it.
struct PutApp {
  std::optional<UploadedFile> snapshot;  // None: the one it has.
  // The whole configuration in nano.yaml's words, a JSON object; none: the one it has.
  std::optional<Json> config;
  SecretChanges secrets;
};
// Changes an app's configuration by a JSON merge patch (RFC 7396), an object.
struct PatchApp {
  Json config;
  SecretChanges secrets;
};
struct RemoveApp {};
// Makes a kept version current: by its digest, or by enough of its first digits to be the only one,
// or "previous", the one that served before the present one was deployed.
struct RollBack {
  std::string version;
};
// Gives a kept version (as RollBack names it) so many percent of the keys; 0: it gets only requests
// that ask for it.
struct SetCanary {
  std::string version;
  uint32_t percent = 0;
};
struct EndCanary {};
// Makes the canary's version current.
struct PromoteCanary {};

struct AppChange {
  std::string app;
  Precondition precondition{};
  std::variant<PutApp, PatchApp, RemoveApp, RollBack, SetCanary, EndCanary, PromoteCanary> action;
};

struct ReloadRequest {
  bool drop_state = false;  // Forget what was changed through the API: the files count again.
};

// What came of a change or a reload.
struct Outcome {
  enum class Kind {
    kUnchanged,  // It is so already.
    kDone,
    kDraining,  // The new release serves; what was replaced is being drained: see `operation`.
    kFailed,    // At `step`; the old release goes on serving.
    kNoSpace,   // The disk is full; nothing has changed.
    kConflict,  // The precondition does not hold (any more).
    kNotFound,  // No such app, or no such version: `message` says which.
    kInvalid,   // What was asked for makes no sense: `errors`.
    kBusy,      // Too much is waiting to be done already.
    kStopping,  // The server is: nothing has changed.
  };

  Kind kind = Kind::kDone;
  uint64_t release = 0;               // The one that serves now.
  bool created = false;               // The app is new.
  std::string operation{};            // kDraining: OperationView::id.
  std::vector<AppDifference> apps{};  // What has changed.
  // What is not undone by this, in sentences: a rollback does not bring data back.
  std::vector<std::string> notes{};

  // Of those that failed.
  std::string
      step{};  // "read", "compare", "check", "boot", "health", "prepare", "persist", "commit"
  std::string app{};
  std::string message{};           // A sentence.
  std::vector<std::string> log{};  // The app's last lines.
  std::vector<Error> errors{};     // kInvalid; `where` is "config: limits.memory" or the like.
};

using OutcomeCallback = std::function<void(const Outcome&)>;

}  // namespace nano::server

// A version of an app: what its isolates are booted from. Its code (a snapshot) with its variables,
// services, memory and the rest that an isolate is given for good; another value of any of these is
// another version. What else an app may use is said by its terms (app_terms.h), which hosts lead to
// it by the release (release.h).
//
// Owns its share of the mapped snapshot. Immutable and counted: whoever serves it has a share, so
// that it lives as long as anything that was booted from it. The supervisor makes it; workers
// inherit it, or make the same from what the supervisor sends (release_codec.h). Safe to read on
// any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assets/site.h"
#include "base/result.h"
#include "config/schema/limits.h"
#include "runtime/image.h"
#include "server/outbound/client_settings.h"
#include "snapshot/container.h"

namespace nano::server {

// An app that another one may call.
struct Service {
  std::string name;  // In the other one's `env`.
  std::string app;
  // As http::ServiceAim has them.
  std::string entrypoint{};
  std::string props{};

  // For people: "orders", "orders#Checkout".
  std::string shown() const { return entrypoint.empty() ? app : app + "#" + entrypoint; }
  bool operator==(const Service&) const = default;
};

// A KV namespace in an app's `env`.
struct KvBinding {
  std::string name;   // In `env`.
  std::string space;  // The namespace's own.
  // Where it is; empty: in the server's own store. May hold a password: only the supervisor and the
  // store have it, and workers a text in its place that tells URLs apart.
  std::string url{};
  std::string url_tag{};

  // For people: "shop-cache", "shop-cache (elsewhere, 3f9c)".
  std::string shown() const {
    return url_tag.empty() ? space : space + " (elsewhere, " + url_tag.substr(0, 4) + ")";
  }
  bool operator==(const KvBinding&) const = default;
};

// What a version has to show before it is given requests.
struct Deployment {
  std::string health;  // A path that has to answer; or empty.
  std::chrono::milliseconds boot_timeout{10'000};
  std::chrono::milliseconds health_timeout{5'000};

  bool operator==(const Deployment&) const = default;
};

struct AppVersion {
  using Env = std::vector<std::pair<std::string, std::string>>;
  using Snapshot = std::shared_ptr<const snapshot::Container>;
  // Finds a snapshot that is mapped already; null: it is not.
  using FindSnapshot = std::function<Snapshot(std::string_view digest)>;

  uint32_t id = 0;  // Counted by the supervisor: no two versions of one server share one.
  std::string name;
  std::string digest;   // Of the snapshot, as the manifest has it.
  uint64_t bytes = 0;   // Its size, likewise.
  Snapshot snapshot;    // Null if it is refused.
  std::string refusal;  // Why the snapshot is not served, with place and remedy; usually empty.
  // Its files that are served without its code; null: it has none. They may be all that it has.
  std::shared_ptr<const assets::Site> site;
  // When the snapshot came to be, in seconds since 1970, of one with files (snapshot/container.h).
  // Every process is told the same.
  int64_t modified = 0;
  runtime::AppImage image;  // Empty of an app without code.
  std::string script_name;  // What stacks call its bundle.
  Env env;
  std::vector<std::string> json_env;  // The names of those whose values are JSON.
  std::vector<std::string> secrets;   // The names of those variables whose values are nobody's.
  std::vector<Service> services;
  std::vector<KvBinding> kv;
  ClientSettings outbound;
  // Bytes that its isolates may have in V8's heap and outside of it, of the app's limits: a boot
  // within these is what tells whether the snapshot leaves the app some of them.
  uint64_t memory = config::AppLimits().memory;
  uint64_t external_memory = config::AppLimits().external_memory;
  Deployment deployment;
  // Less memory than its build was tried with: whether it boots is to be seen. Not told to workers
  // that run already, whose versions have been tried.
  bool untried = false;

  // Gives it the snapshot, with what follows from it; or a refusal.
  void Use(Snapshot container);
  // It has files and no code: nothing is to be booted.
  bool files_alone() const { return site != nullptr && image.blob.empty(); }

  // All but the id, the mapping and `untried`: equal bytes mean versions that nobody can tell
  // apart. They hold the app's secrets.
  std::string Encode() const;
  // What Encode has written, with a snapshot that `find` knows. Fails on anything else.
  static Result<AppVersion> Decode(uint32_t id, std::string_view bytes, const FindSnapshot& find);
};

}  // namespace nano::server

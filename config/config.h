// The configuration of NANO: nano.yaml as plain values, checked and merged.
//
// The documented example is nano.yaml at the root of the repository. A file either lists apps under
// `apps`, or describes the app in its own directory by the same keys at the top level. An app's
// values come, the later ones winning, from `defaults`, from a nano.yaml in the app's own
// directory, and from its entry under `apps`; `env` and `limits` are merged key by key, lists
// replace each other. An entry whose directory holds a nano.yaml with a list of apps, and that says
// nothing but `path`, stands for all of them; so does, when the apps are served, one whose
// directory is not there, for those that were built from the list in it. `server` and `build` count
// only in the file that was asked for.
//
// Owns its values. Immutable after loading, hence safe to share between threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/address.h"
#include "config/place.h"

namespace nano::config {

using std::chrono::milliseconds;

// Bounds of the HTTP server. Sizes are in bytes.
struct HttpSettings {
  uint64_t header_bytes = 16 * 1024;  // All header fields of a request.
  uint32_t header_count = 100;
  uint64_t target_bytes = 8 * 1024;  // The request target.
  uint64_t body_bytes = 10 * 1024 * 1024;
  milliseconds idle_timeout{75'000};    // Between two requests of a connection.
  milliseconds header_timeout{10'000};  // From a request's first byte to the end of its header.
  milliseconds body_timeout{30'000};    // Between two parts of a request's body.
  milliseconds write_timeout{30'000};   // Without progress while a response is sent.
  uint32_t connections = 10'000;        // In each worker.
};

struct ServerSettings {
  std::vector<Address> listen{{"127.0.0.1", 8080}};  // Never empty.
  uint32_t workers = 0;                              // 0: one per core.
  HttpSettings limits;
  milliseconds shutdown_timeout{10'000};  // For requests in flight; may be 0.
};

struct BuildSettings {
  // Relative to the working directory; in the file, relative to that.
  std::string out = "dist";
  milliseconds timeout{60'000};  // For one app.
};

// One entry of `env`. The value is a template: see config/environment.h.
struct EnvironmentVariable {
  std::string name;
  std::string value;
  Place place;  // The value's.
};

struct WarmupRequest {
  std::string path;  // Origin form: "/users/1?x=2".
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Place place;
};

// Of one isolate.
struct AppLimits {
  // Bytes of V8 heap. Room for most apps, and little enough that one app out of many cannot take
  // the machine's memory, as the engine's own bound of some GiB would let it.
  uint64_t memory = 128 * 1024 * 1024;
};

struct AppSettings {
  std::string name;       // Unique; letters, digits, '.', '_' and '-'.
  std::string directory;  // Relative to the working directory, or absolute. May not exist.
  std::string path;       // The same, relative to the directory of the file that lists all.
  std::string entry;      // Relative to `directory`; empty: to be found.
  std::vector<std::string> hosts;  // Canonical (config/host_pattern.h), no two apps share one.
  bool is_default = false;         // Answers for hosts that no app names; at most one app.
  std::vector<EnvironmentVariable> env;  // Names are unique.
  AppLimits limits;
  std::vector<WarmupRequest> warmup;
  Place place;        // Of the app's entry, or its file.
  Place entry_place;  // Of `entry`; without a source if that is empty.
  // The `path` of each entry that stood for a list with the app in it, the outermost first, as
  // `path` above: how a server knows the entry's apps again where the list is not there.
  std::vector<std::string> lists;
  // What the files say, as opposed to defaults. A server takes the rest from the dist where
  // `directory`, which may have a nano.yaml of its own, is not there.
  struct Stated {
    bool reach = false;   // `hosts` or `default`.
    bool memory = false;  // `limits.memory`.
    // `path` and nothing else: may stand for a list of apps in the directory's own file.
    bool path_only = false;
  } stated;
  // Nothing in the file speaks of an app: it is assumed because the file lies in its directory. A
  // server, which may run on a file with nothing but `server`, ignores such an app.
  bool implied = false;
};

struct Config {
  std::string path;  // Of the file; empty if there was none.
  ServerSettings server;
  BuildSettings build;
  std::vector<AppSettings> apps;
  bool lists_apps = false;  // One file says which apps there are, by a list under `apps`.
};

}  // namespace nano::config

// dist/manifest.json: which apps a dist holds, the hosts they answer for, and the snapshot of each.
//
// Hosts, default and limits are those of the build: who serves has the last word on them
// (server/release/release.h). Of `env` only names are here, never values: those that take a
// variable of the server's environment are required. An app without variables has no `env`.
//
// "config" is what a wrangler file says beside that, in nano.yaml's words, variables with their
// values among it, which are no secrets there: who serves needs no nano.yaml.
//
// An app that came by an entry for a list of apps has "lists", which tells the entry's apps where
// the list is not there.
//
// The file is the same for the same apps wherever and whenever it was made: it holds no times, no
// variables of the environment, and no paths but those that the configuration has.
//
//   {
//     "format": 1,
//     "engine": { "release": "26.10.0", "v8": "14.6.202.34-node.34" },
//     "apps": [
//       {
//         "name": "shop",
//         "hosts": ["shop.example.com", "*.shop.example.com"],
//         "default": true,
//         "snapshot": "snapshots/<digest>.snap",
//         "digest": "<SHA-256 of the container's contents, 64 hex digits>",
//         "bytes": 524288,
//         "limits": { "memory": 134217728 },
//         "env": { "required": ["TOKEN"], "optional": ["GREETING"] },
//         "crons": ["*/5 * * * *"],
//         "lists": ["apps/shops"],
//         "config": { "env": { "GREETING": "hi" } }
//       }
//     ]
//   }
//
// Owns its values. Thread-safe as any value type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/schema/deployment.h"
#include "config/schema/limits.h"
#include "config/schema/triggers.h"

namespace nano::snapshot {

struct ManifestApp {
  std::string name;
  // Canonical patterns (config/values/host_pattern.h), in the user's order.
  std::vector<std::string> hosts;
  bool is_default = false;
  std::string digest;  // Of the snapshot's container, in hex.
  uint64_t bytes = 0;  // The container's size.
  // Numbers under the names of nano.yaml's keys; 0: not recorded, no limit.
  config::AppLimits limits = config::Unlimited();
  std::vector<std::string> required_env{};  // Names in the order of nano.yaml …
  std::vector<std::string> optional_env{};  // … by whether they take the server's own variables.
  std::vector<std::string> services{};      // Names of other apps in `env`.
  std::vector<std::pair<std::string, std::string>> kv{};  // Names in `env`, and namespaces.
  config::DeploymentSettings deployment{};  // How a version takes another one's place.
  config::TriggerSettings triggers{};       // What runs it besides requests.
  bool restricted = false;                  // Its configuration said whom it may call.
  // The entries of the configuration that stood for a list with the app in it, the outermost first,
  // by their `path` as seen from the file that was built.
  std::vector<std::string> lists{};
  // What a wrangler file says of the app that is served, a JSON object in nano.yaml's words; empty:
  // it has none.
  std::string config{};

  bool operator==(const ManifestApp&) const = default;
};

struct Manifest {
  std::string engine_release;
  std::string v8_version;
  std::vector<ManifestApp> apps;  // In the order of their names.

  bool operator==(const Manifest&) const = default;
};

// More than a manifest of tens of thousands of apps has.
inline constexpr size_t kMaxManifestBytes = size_t{64} << 20;

// "snapshots/<digest>.snap"
std::string SnapshotPath(std::string_view digest);

// JSON with two spaces of indentation, sorted by the apps' names, ending in a line feed.
std::string EncodeManifest(Manifest manifest);

// Reads a manifest's text; `path` is for messages. Errors, with the key or the line they are about:
// no JSON; another format version; keys that are missing, unknown or there twice; wrong types; a
// snapshot that is not the digest's (so that no path leads out of the dist); apps that share a name
// or host; two default apps.
Result<Manifest> DecodeManifest(std::string_view text, const std::string& path);

// Whether a text is a manifest of NANO's, of this or another version, maybe one that DecodeManifest
// refuses; as opposed to the manifest.json of something else.
bool LooksLikeManifest(std::string_view text);

}  // namespace nano::snapshot

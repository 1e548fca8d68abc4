// What `nano ctl` is asked for on its command line. Plain data, with secrets of the user's
// (Place::token). Thread: the process's only one, once.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/nano/ctl/endpoint.h"

namespace nano::cli::ctl {

struct Options {
  enum class Command {
    kStatus,
    kApps,
    kVersions,
    kReleases,
    kDiff,
    kReload,
    kDeploy,
    kRollback,
    kCanary,
    kEnd,      // Of a canary …
    kPromote,  // … and the other end.
    kSetEnv,
    kUnsetEnv,
    kSetSecret,
    kUnsetSecret,
    kLimits,
    kRemove,
    kLogs,
    kEvents,
    kProfile,
    kCronList,
    kCronRun,
    kCacheStats,
    kCachePurge,
    kKv,
  };
  enum class Kv { kNamespaces, kList, kGet, kPut, kDelete, kLoad, kDump };

  Command command = Command::kStatus;
  Place place;
  std::chrono::milliseconds timeout{120'000};
  bool json = false;
  bool wait = true;  // For what goes on when the change is made: old versions being drained.

  std::string app;                 // Empty: all of them.
  std::string version;             // Empty: the previous one.
  uint32_t percent = 0;            // kCanary.
  std::string dist;                // kDeploy.
  bool dry_run = false;            // kDeploy.
  bool settings = false;           // kDeploy: what nano.yaml says, of apps that are there too.
  bool from_files = false;         // kReload: forgets what was changed through the API.
  bool names_only = false;         // kApps, kVersions: for scripts, completions among them.
  bool follow = false;             // kLogs.
  uint32_t lines = 100;            // kLogs.
  bool heap = false;               // kProfile: of the heap, not of CPU time.
  uint32_t seconds = 10;           // kProfile.
  uint32_t worker = 0;             // kProfile; 0: any.
  std::string cron, time;          // kCronRun; empty: the first expression, now.
  std::string output;              // kProfile: a file; "-": standard output; empty: by its name.
  std::vector<std::string> names;  // kUnsetEnv, kSetSecret (one), kUnsetSecret.
  std::vector<std::pair<std::string, std::string>> variables;  // kSetEnv, kLimits.
  std::optional<std::string> secret_file;                      // kSetSecret.

  std::optional<std::string> cache_name, cache_url, cache_prefix;  // kCachePurge.

  bool cache_default = false;  // The same.

  Kv kv = Kv::kNamespaces;  // kKv, as all that follow.
  std::string kv_namespace;
  std::string kv_key;
  std::vector<std::string> kv_keys;  // Of delete.
  std::string kv_value;
  std::optional<std::string> kv_file;  // "-": standard input.
  std::string kv_prefix;
  uint64_t kv_limit = 0;       // 0: all.
  uint64_t kv_ttl = 0;         // 0: not given.
  uint64_t kv_expiration = 0;  // The same.
  std::string kv_metadata;     // JSON, or empty.
  bool kv_metadata_only = false;
};

}  // namespace nano::cli::ctl

// What a running server tells of itself: the releases, the apps and their versions, what the
// workers are doing, what would change. Made by the deployer, shown by the admin API.
//
// No secret's value is in any of it. Times are milliseconds since 1970. Plain data; thread-safe as
// any value type.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/values/cron.h"
#include "server/faults/circuit.h"

namespace nano::server {

enum class Origin {
  kFiles,  // dist/ and nano.yaml.
  kApi,    // What was changed through the API.
};

// What isolates of an app boot from.
struct VersionView {
  std::string digest;  // Of the snapshot: 64 hexadecimal digits.
  uint64_t bytes = 0;  // Of the snapshot.
  uint32_t id = 0;     // Of the version: another env makes another one of the same snapshot.
  int64_t since = 0;   // When it was first given requests.
  Origin source = Origin::kFiles;
  std::optional<Circuit> circuit;  // None: it has ended no worker lately.
};

struct CanaryView {
  VersionView version;
  uint32_t percent = 0;
  std::string key;  // "header:nano-version-key": what decides who gets it.
};

// The files that an app is served with.
struct AssetsView {
  uint64_t files = 0;
  uint64_t bytes = 0;  // Of its snapshot, with what is compressed of them.
};

struct VariableView {
  std::string name;
  std::string value;    // Empty if it is a secret.
  bool secret = false;  // Set as one, or taken from the server's environment.
};

enum class AppState {
  kServing,
  kLeaving,  // Removed, and being drained.
  kRefused,  // Named, but cannot be served.
};

struct AppView {
  std::string name;
  // Changes with everything that the API can change of the app, and with its version. No quotes.
  std::string etag;
  AppState state = AppState::kServing;
  std::string refusal;                 // Why it is refused.
  std::optional<VersionView> version;  // Of a refused one there may be none.
  std::optional<CanaryView> canary;
  bool has_code = true;              // Else it is files alone.
  std::optional<AssetsView> assets;  // None: it has no files.
  std::vector<std::string> hosts;
  bool is_default = false;
  std::string isolation = "shared";  // As nano.yaml has it.
  std::string group;  // Of workers (server/release/groups.h); empty: it shares those of all.
  std::vector<VariableView> env;
  std::vector<std::pair<std::string, std::string>>
      services;                                         // Name in `env`, app, as Service::shown.
  std::vector<std::pair<std::string, std::string>> kv;  // Likewise, as KvBinding::shown.
  std::vector<std::pair<std::string, std::string>> limits;  // As nano.yaml has them: "64MiB".
  std::string health;                                       // A path; empty: none.
  std::chrono::milliseconds boot_timeout{0};
  std::chrono::milliseconds health_timeout{0};
  std::chrono::milliseconds drain_timeout{0};
  std::chrono::milliseconds idle{0};
  std::vector<config::CronExpression> crons;  // When its `scheduled` is called.
  // In which respects it is not as the files have it: "version", "env.NAME", "hosts", "canary".
  std::vector<std::string> changed_through_api;

  // Whether requests are refused because the app, or its canary, keeps ending workers.
  bool circuit_open() const {
    const auto is_open = [](const std::optional<Circuit>& circuit) {
      return circuit.has_value() && circuit->state == Circuit::State::kOpen;
    };
    return (version && is_open(version->circuit)) || (canary && is_open(canary->version.circuit));
  }
};

// A snapshot of an app that can be made current.
struct KeptVersion {
  std::string digest;
  uint64_t bytes = 0;
  int64_t built = 0;        // When its snapshot was written, or uploaded.
  int64_t served = 0;       // When this server last began to serve it; 0: not since its start.
  uint64_t generation = 0;  // Of dist/; 0: it came through the API.
  Origin source = Origin::kFiles;
  bool current = false;
  bool canary = false;
  bool previous = false;  // What a rollback without a version leads to.
};

// A value of a configuration before and after, as nano.yaml has it; empty: none.
struct ValueChange {
  std::string key;
  std::string old;
  std::string now;
};

// How an app differs between what is served and what would be.
struct AppDifference {
  enum class Kind { kUnchanged, kAdded, kRemoved, kCode, kConfig };

  std::string app;
  Kind kind = Kind::kUnchanged;  // kCode: the configuration may differ as well.
  std::string old_digest;        // kCode, kRemoved.
  std::string new_digest;        // kCode, kAdded.
  uint64_t old_bytes = 0;
  uint64_t new_bytes = 0;
  uint64_t bytes_differing = 0;     // kCode.
  std::vector<std::string> keys;    // Of the configuration that differ: "env.NAME", "hosts".
  std::vector<ValueChange> values;  // Of those whose values may be shown: no variable's.
  // Respects in which the files say otherwise, but what was changed through the API counts.
  std::vector<std::string> overridden;
  // Respects in which the files have changed since then, so that what they say counts now.
  std::vector<std::string> overtaken;
  std::string refusal;  // Why what it would be cannot be served: its snapshot is damaged.
};

struct DiffView {
  std::vector<AppDifference> apps;  // By name. The unchanged ones too.
  std::vector<std::string> notes;   // What is odd about the files, but no reason not to serve.
};

// A release that was served, or an attempt at one.
struct ReleaseView {
  uint64_t number = 0;  // Of a failed attempt: of the release that went on serving.
  int64_t time = 0;
  std::string trigger;  // "start", "files", "signal", "api".
  bool failed = false;
  std::string step;  // Of a failed one: see Outcome::step.
  std::string message;
  double seconds = 0;               // From the trigger to the commit, or to the failure.
  std::vector<AppDifference> apps;  // But for the unchanged ones.
};

struct WorkerView {
  uint32_t number = 0;  // From 1.
  std::string group;    // Whose apps alone it runs; empty: it serves all.
  int32_t pid = 0;      // 0: there is none at the moment.
  int64_t since = 0;
  uint64_t deaths = 0;  // Of the workers before it at its place.
  bool behind = false;  // It has not come to the release that is served: it is busy.
  std::string running;  // The app whose code it runs just now; empty: none.
};

// All that can be told without asking the workers.
struct Overview {
  uint64_t release = 0;
  int64_t since = 0;    // Of the release.
  int64_t started = 0;  // The server.
  std::string dist;
  std::vector<std::string> addresses;  // "127.0.0.1:8080"
  std::vector<AppView> apps;           // By name.
  std::vector<std::string> missing;    // Apps of nano.yaml that nobody has built.
  std::vector<WorkerView> workers;
  uint64_t worker_memory = 0;  // What each may have of its own, in bytes; 0: no bound.
  bool starting = false;       // Not all workers could answer requests yet.
  bool swapping = false;
  bool stopping = false;  // Workers finish what they have.
  // Since the start.
  uint64_t swaps_done = 0;
  uint64_t swaps_failed = 0;
  uint64_t swaps_unchanged = 0;
};

// What one version does in one worker.
struct VersionLoad {
  std::string app;
  std::string digest;
  uint32_t id = 0;
  bool draining = false;
  uint32_t isolates = 0;
  uint64_t memory = 0;      // Bytes of V8's heap and beside it, of all its isolates …
  uint64_t external = 0;    // … of which these are beside it.
  uint64_t requests = 0;    // Since the worker began.
  uint64_t limits_hit = 0;  // How often an isolate was stopped for a limit …
  uint64_t evictions = 0;   // … and how often given up, because nobody needed it.
  // What it has under way, and so what a draining one waits for.
  uint32_t queued = 0;       // Requests that the app was not given yet.
  uint32_t in_flight = 0;    // Requests that have not been answered yet.
  uint32_t streams = 0;      // Answers that are still being sent.
  uint32_t wait_untils = 0;  // Promises given to ctx.waitUntil().
};

struct WorkerLoad {
  uint32_t number = 0;
  bool answered = false;  // In time. Else nothing of the rest is known.
  uint64_t release = 0;
  uint32_t connections = 0;
  uint64_t resident = 0;  // Bytes of the process that are in memory …
  uint64_t own = 0;       // … of which these are its own, and no file's.
  std::vector<VersionLoad> versions;
};

struct Status {
  std::vector<WorkerLoad> workers;
};

// A worker that an operation waits for.
struct HolderView {
  uint32_t number = 0;
  std::string group;  // As of WorkerView.
  bool answered = false;
  std::string running;  // Of one that has not answered: the app whose code it runs; empty: none.
};

// Something that goes on after the request that began it was answered.
struct OperationView {
  enum class State { kRunning, kDone, kFailed };

  std::string id;    // Letters and digits.
  std::string kind;  // "drain", "remove".
  std::string app;   // Empty: of several.
  State state = State::kRunning;
  int64_t started = 0;
  int64_t ended = 0;                 // 0: it has not.
  std::string message;               // In words: what it waits for, or how it ended.
  std::vector<VersionLoad> holding;  // The draining versions, as far as the workers have told.
  std::vector<HolderView> workers;   // That have them.
};

}  // namespace nano::server

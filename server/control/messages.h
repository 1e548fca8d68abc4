// What supervisor and workers say to each other, in the packets of a channel.
//
// Down: a release to prepare, with the snapshots that are new; then that it is to be served, or
// not. Up: how that went, and what a worker still has of earlier releases. Releases and versions go
// by their numbers and ids.
//
// Owns its values. Decoding trusts nothing. Thread-safe as any value type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nano::server {

enum class MessageKind : uint8_t {
  // To a worker.
  kSnapshot = 1,  // SnapshotPassed, with the descriptor of a copy that was checked.
  kPrepare,       // Prepare.
  kCommit,        // ReleaseNumber.
  kAbort,         // ReleaseNumber.
  kAskStatus,     // StatusRequest.
  kAccept,        // Of one that was not to accept connections yet: now it is. No body.
  kProfile,       // ProfileStart, with the descriptor of a file that takes the profile.
  kEndProfile,    // ProfileToken: nobody wants it any more.
  kPing,          // To be answered from the loop. No body.
  kRetire,        // Another server has taken over: finish what is under way, and end. No body.
  kGroup,         // GroupChannel, with the sending end of its channel; without: it has ended.
  kDismiss,       // Of a group that has no apps any more: as kRetire. No body.
  kStopping,      // Of a group: the server stops, keep no client. No body …
  kFinish,        // … and nobody sends it any more: finish what is under way, and end. No body.
  kCut,           // The time is up for what is under way: end it, and then yourself. No body.
  kRun,           // RunStart.
  kStore,         // The worker's end of a channel to the store, as a descriptor. No body.
  // To the store, which is also told kPing and kFinish.
  kStoreScopes,  // StoreScopes: all that there are.
  kStoreUser,    // StoreUser, with the store's end of a channel.
  // From a worker.
  kPong,       // No body.
  kServing,    // It could answer requests, or does so. No body.
  kPreparing,  // Preparing.
  kAppLog,     // AppLog.
  kPrepared,   // Prepared.
  kCommitted,  // ReleaseNumber: of the one that it serves then.
  kDraining,   // DrainingVersions.
  kStatus,     // WorkerStatus.
  kProfiled,   // ProfileEnd.
  kSandbox,    // SandboxState, at first and once; not from a probe, nor from one without.
  kBroken,     // BrokenVersion, once for each.
  kAborted,    // ReleaseNumber: it has nothing of that one any more.
  kRunEnded,   // RunEnd.
  kAskStore,   // It has something for the store, and no channel to it. No body.
};

// Which of a release's new versions are booted before it is served.
enum class BootAhead : uint8_t {
  kServing,  // Those that take the place of one that has an isolate in this worker.
  kAll,
};

struct SnapshotPassed {
  std::string digest;
  uint64_t bytes = 0;
};

struct Prepare {
  uint64_t number = 0;  // The release's: it comes back also from who cannot read the rest.
  BootAhead boot = BootAhead::kServing;
  std::string release;  // release/release_codec.h
};

// Where connections of other workers' requests go (server/groups/).
struct GroupChannel {
  std::string group;  // Empty: the workers that serve all.
};

struct ReleaseNumber {
  uint64_t number = 0;
};

// What is begun with a version: whoever hears no more knows what hangs.
struct Preparing {
  uint32_t version = 0;
  std::string step;  // "boot", "health"
};

// A line that an app logged while a new version of it was prepared.
struct AppLog {
  uint32_t version = 0;
  std::string line;
};

// Why a version cannot be served.
struct PrepareFailure {
  uint32_t version = 0;
  std::string step;  // As in Preparing.
  std::string message;
};

struct Prepared {
  uint64_t number = 0;
  std::string error;  // Why the release as a whole cannot be; usually empty.
  std::vector<PrepareFailure> failures;
};

// What a version still has under way in a worker.
struct Held {
  uint32_t requests = 0;  // Whose response has not begun.
  uint32_t streams = 0;   // Responses that have begun, and not ended.
  uint32_t promises = 0;  // Of waitUntil, and of work on other threads.
  uint32_t queued = 0;    // Requests that the app was not given yet.

  bool operator==(const Held&) const = default;
};

// All versions that a worker still has though its release has them no more. Said whenever one ends.
struct DrainingVersions {
  std::vector<uint32_t> versions;
};

struct StatusRequest {
  uint64_t token = 0;  // Comes back with the answer.
};

struct VersionStatus {
  uint32_t version = 0;
  bool draining = false;
  bool booted = false;
  uint64_t heap_bytes = 0;      // V8's heap of its isolate.
  uint64_t external_bytes = 0;  // Buffers beside it.
  uint64_t requests = 0;        // Since the worker has the version.
  uint64_t limits_hit = 0;      // How often its isolate was stopped for a limit, likewise …
  uint64_t evictions = 0;       // … and how often given up, because nobody needed it.
  Held held;
};

struct WorkerStatus {
  uint64_t token = 0;
  uint64_t release = 0;  // The number of the one that it serves.
  uint32_t connections = 0;
  // Those that are booted, draining, or were asked for something.
  std::vector<VersionStatus> versions;
};

// A profile of an app's isolate.
struct ProfileStart {
  uint64_t token = 0;  // Comes back with the end.
  std::string app;
  bool heap = false;     // What is on the heap; else where CPU time goes …
  uint32_t seconds = 0;  // … for so long.
};

struct ProfileToken {
  uint64_t token = 0;
};

struct ProfileEnd {
  uint64_t token = 0;
  std::string error;  // Why there is none; empty: the file has it.
};

// What came of it: lists for people (sandbox/sandbox.h).
struct SandboxState {
  std::string in_force;
  std::string missing;
};

// A version that is served, but whose isolates do not boot: its requests are refused.
struct BrokenVersion {
  uint32_t version = 0;
  std::string why;
};

// A call of an app's `scheduled`, which the worker is to make if it still may
// (control/run_marks.h).
struct RunStart {
  uint64_t token = 0;  // Comes back with the end; not 0.
  uint32_t mark = 0;   // Where it says that it has begun.
  std::string app;
  std::string cron;
  uint64_t time = 0;  // For when it is, in milliseconds since 1970.
};

// What came of it.
struct RunEnd {
  uint64_t token = 0;
  std::string outcome;  // "ok", "exception", "no-handler", "refused", or a Reason's name.
  std::string why;      // Of one that was refused before it began.
  uint64_t ms = 0;      // Milliseconds that it took.
  std::string request;  // What it is called in the log.
};

// A KV namespace that an app has.
struct StoreBinding {
  std::string name;
  std::string url;  // Where it is; empty: in the store's own folder. May hold a password.

  bool operator==(const StoreBinding&) const = default;
};

// A version of an app, as the store knows it (server/storage/grants.h).
struct StoreScope {
  uint32_t id = 0;                  // The version's.
  std::string app;                  // Whose caches it has.
  std::vector<std::string> groups;  // That run it (release/groups.h).
  std::vector<StoreBinding> kv;

  bool operator==(const StoreScope&) const = default;
};

struct StoreScopes {
  std::vector<StoreScope> scopes;
};

// Who has the other end of a channel to the store.
struct StoreUser {
  std::string group;  // A worker of that group; empty: of those that serve all.
  bool is_probe = false;
  bool is_operator = false;  // The supervisor, for whoever operates the server.
};

// A message's body, and what somebody sent as one. Decoding fails on what encoding has not written.
std::string Encode(const SnapshotPassed& message);
std::string Encode(const Prepare& message);
std::string Encode(const ReleaseNumber& message);
std::string Encode(const GroupChannel& message);
std::string Encode(const Preparing& message);
std::string Encode(const AppLog& message);
std::string Encode(const Prepared& message);
std::string Encode(const DrainingVersions& message);
std::string Encode(const StatusRequest& message);
std::string Encode(const WorkerStatus& message);
std::string Encode(const ProfileStart& message);
std::string Encode(const ProfileToken& message);
std::string Encode(const ProfileEnd& message);
std::string Encode(const SandboxState& message);
std::string Encode(const BrokenVersion& message);
std::string Encode(const RunStart& message);
std::string Encode(const RunEnd& message);
std::string Encode(const StoreScopes& message);
std::string Encode(const StoreUser& message);

template <typename Message>
Result<Message> Decode(std::string_view body);

}  // namespace nano::server

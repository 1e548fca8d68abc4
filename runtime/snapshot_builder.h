// Builds V8 startup snapshots: the base one (Web APIs only) and, on top of it, one for each app.
//
// V8 aborts the process where it cannot serialise a heap, so each build runs in a child process of
// its own (the caller's business), which initialised the engine with ProcessOptions::deterministic.
// Owns nothing between calls. Thread: any one.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "runtime/embedder.h"
#include "runtime/limits.h"

namespace nano::runtime {

// A request that is answered while the snapshot is built, eight times, so that its code is compiled
// and its classes are known to the engine.
struct SampleRequest {
  std::string method = "GET";
  std::string authority = "localhost";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// Of the first time.
struct WarmupOutcome {
  int status = 0;       // 0: the handler failed, or never answered.
  std::string problem;  // Why, with a stack; empty if it answered.
};

// Why an app's bundle could not become a snapshot. Positions are 1-based and in the bundle; 0 if
// the engine gave none.
struct ScriptFailure {
  enum class Kind {
    kSyntax,        // The bundle does not parse.
    kThrew,         // The top level threw.
    kRejected,      // A top-level await was rejected.
    kNeverSettled,  // A top-level await waits for something that never happens.
    kThenable,      // Object.prototype.then is set: no promise tells the truth any more.
    kNoHandler,     // No default export with a fetch function.
    kMemory,        // It reached AppBuild::limits.memory …
    kExternal,      // … or that of external memory.
    kEngine,        // The engine refused: a bug or a damaged base snapshot.
  };
  Kind kind = Kind::kThrew;
  std::string message;  // "TypeError: x is not a function"
  std::string stack;    // The error's stack, positions in the bundle; may be empty.
  int line = 0;
  int column = 0;
};

struct AppBuild {
  std::string_view base_blob;  // From BuildBaseSnapshot.
  // A classic script (isolate/source_resource.h): its completion value is a promise for the app's
  // module namespace. V8 refers to the bytes in place.
  std::string_view source;
  std::string script_name;  // What stacks call it, e.g. "app.js".
  std::vector<SampleRequest> warmup;
  // Names of what V8 lacks while it makes a snapshot (AbsentNames).
  std::string_view absent;
  // Of `env`, that is otherwise empty.
  std::vector<std::pair<std::string, std::string>> variables{};
  // The script takes the platform (runtime/web/app/platform) from the global object.
  bool takes_platform = false;
  // All functions of the bundle are compiled, not only those that run: the snapshot is their code
  // cache.
  bool compile_all = false;
  // Those of memory hold. Of an app that was not to be stopped at its limit the process ends, with
  // kExitOutOfMemory or by V8's own hand.
  Limits limits;
  // Lines that the app logs meanwhile.
  std::function<void(LogLevel, std::string_view)> log;
};

struct AppSnapshot {
  std::string blob;
  std::vector<WarmupOutcome> warmup;  // In the order of AppBuild::warmup.
};

// Something that an app did in its rehearsal and that a snapshot cannot hold, or would freeze.
struct Observation {
  // As runtime/web/host/ops.ts numbers them.
  enum class Kind {
    kAbsent,      // Used what V8 lacks while it makes a snapshot.
    kIntl,        // Made an Intl object: V8 cannot store one.
    kFinalizer,   // Registered an object with a FinalizationRegistry.
    kRandom,      // Called Math.random.
    kClock,       // Read a clock.
    kRejection,   // Left a rejected promise without a handler.
    kVariable,    // Read a variable that comes when the app is served.
    kScheduled,   // Has a handler of cron triggers.
    kFrozen,      // Froze what variables come into.
    kEntryPoint,  // Exports what other apps can call.
  };
  Kind kind = Kind::kAbsent;
  std::string what;   // "Promise.try", "new Date()"
  std::string stack;  // Positions in the bundle; may be empty.
  int warmup = -1;    // The warm-up request that did it, from 0; -1: the top level.
};

// Evaluates an app as for its snapshot, and answers its warm-up requests, in an isolate that has
// all that the engine has when requests are served. Tells what it does as it does it. Aborts never
// for what is in the heap.
std::optional<ScriptFailure> RehearseApp(const AppBuild& build,
                                         const std::function<void(const Observation&)>& observe);

// Names of what V8 lacks while it makes a snapshot on top of `base_blob`, one a line: compared
// between two isolates.
Result<std::string> AbsentNames(std::string_view base_blob);

// Aborts the process, with V8's reason on stderr, if the heap holds what cannot be serialised.
std::variant<AppSnapshot, ScriptFailure> BuildAppSnapshot(const AppBuild& build);

// Evaluates the Web APIs' bundle (linked into this library).
Result<std::string> BuildBaseSnapshot();

}  // namespace nano::runtime

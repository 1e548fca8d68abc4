// The heap of an app's snapshot: the app's own, evaluated and warmed up, or, where V8 could not
// store that or the app would find less in it than when it is served, that of a deferred app.
// Blocks. Thread: the process's only one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/evaluate/evaluator.h"
#include "compiler/explain/script_errors.h"

namespace nano::compiler {

struct AppHeap {
  Evaluation evaluation;
  std::string code;       // The bundle that the heap refers to.
  bool deferred = false;  // The app is evaluated at its first request (evaluate/deferred_app.h).
  std::vector<size_t> warmed;  // The warm-up requests that were answered, by their numbers.
};

// A request of `warmup` that was left out, and why.
struct SkippedWarmup {
  size_t number;
  std::string why;
};

struct HeapNotes {
  std::vector<Error> warnings;  // Of a deferral.
  std::vector<Error> notes;     // Of what is frozen in the heap.
  std::vector<SkippedWarmup> skipped;
  // Whether it has a handler of cron triggers; empty: nobody knows.
  std::optional<bool> has_scheduled;
  // The exports that other apps can call, as snapshot::Sections has them; empty: nobody knows.
  std::string entrypoints;
};

// An Error: no process could be started. Failures of the app's are in the evaluation's outcome.
Result<AppHeap> MakeHeap(const FailedApp& app, HeapNotes& notes);
Result<AppHeap> MakeDeferredHeap(const FailedApp& app);

}  // namespace nano::compiler

// The surroundings of one snapshot build: an isolate that can be serialised, and an event loop
// without a clock. Time jumps to the next timer when there is nothing else to do, so that a build
// takes no longer than its scripts run and gives the same result every time.
// Thread: the one that builds. One for each build; the process ends after it.
#pragma once

#include <v8.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/embedder.h"
#include "runtime/engine/platform.h"
#include "runtime/isolate/hooks.h"
#include "runtime/isolate/isolate_state.h"
#include "runtime/limits.h"
#include "runtime/limits/external_limit.h"
#include "runtime/limits/heap_limit.h"
#include "runtime/ops/references.h"

namespace nano::runtime {

class BuildSession final : private TimerPort, private LogPort {
 public:
  using LogFunction = std::function<void(LogLevel, std::string_view)>;

  // What the isolate is for: to be written as a snapshot, for which V8 keeps some of its features
  // out of it, or to see what an app does in one that has them all.
  enum class Purpose { kSnapshot, kRehearsal };

  // `base` is the snapshot to build on, empty for the first; `source` the app's script. Both
  // outlive the session. Of the limits those of memory hold; the base takes next to nothing of
  // them.
  BuildSession(std::string_view base, std::string_view source, LogFunction log,
               Purpose purpose = Purpose::kSnapshot, const Limits& limits = {});
  ~BuildSession() override;

  v8::Isolate* isolate() { return isolate_; }
  IsolateState& state() { return state_; }
  Hooks& hooks() { return hooks_; }
  AppSource* app_source() { return &app_source_; }

  // Whether the app has reached a limit: no script of it runs any more, and what it has made is of
  // no use. Looks at what is counted between scripts only; may collect garbage.
  bool Stopped();

  // Runs tasks and timers until `done` says so; false if nothing is left that could change that,
  // after `most_timers` rounds of timers, or if the app was stopped.
  bool RunUntil(v8::Local<v8::Context> context, const std::function<bool()>& done, int most_timers);

  // Whether the snapshot holds the bytecode of the functions that have run.
  enum class CompiledCode { kKeep, kDrop };

  // Writes the snapshot of a context and of the bundle's exports. The session, one for a snapshot,
  // is used up. Aborts with a reason on stderr if V8 cannot.
  std::string Finish(const std::function<v8::Local<v8::Context>()>& context, CompiledCode code);

 private:
  void ArmTimer(double delay_ms) override { timer_delay_ = delay_ms; }
  void Log(LogLevel level, std::string_view text, const LogOrigin& origin) override;

  const v8::StartupData base_;
  AppSource app_source_;
  const std::vector<intptr_t> references_;
  const LogFunction log_;
  IsolateState state_;
  Hooks hooks_;
  v8::Isolate* const isolate_;
  HeapLimit heap_limit_;
  ExternalLimit external_limit_;
  std::unique_ptr<v8::SnapshotCreator> creator_;  // Null in a rehearsal.
  std::shared_ptr<ForegroundTasks> tasks_;
  double timer_delay_ = -1;  // Milliseconds; negative: none.
};

}  // namespace nano::runtime

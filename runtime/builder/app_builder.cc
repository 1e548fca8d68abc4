// An app's snapshot: its bundle evaluated on top of the base snapshot, then warmed up.
#include <utility>

#include "runtime/builder/app_evaluation.h"
#include "runtime/builder/build_session.h"
#include "runtime/js/values.h"
#include "runtime/snapshot_builder.h"

namespace nano::runtime {

namespace {

using Kind = ScriptFailure::Kind;

// V8 watches the first seven objects that a constructor makes to find out how many fields they
// need. Until then the class's map cannot be cached; a snapshot written meanwhile never gets
// further, and each `new` misses its inline cache for good. The eighth object ends it.
constexpr int kWarmupRounds = 8;

}  // namespace

std::variant<AppSnapshot, ScriptFailure> BuildAppSnapshot(const AppBuild& build) {
  std::string errors;  // What was logged as an error, for the outcomes of warm-up requests.
  bool repeating = false;
  BuildSession session(
      build.base_blob, build.source,
      [&](LogLevel level, std::string_view text) {
        if (repeating) return;
        if (level == LogLevel::kError) errors.append(text) += '\n';
        if (build.log) build.log(level, text);
      },
      BuildSession::Purpose::kSnapshot, build.limits);
  v8::Isolate* isolate = session.isolate();
  AppSnapshot snapshot;
  v8::Global<v8::Context> kept;
  {
    const v8::HandleScope handles(isolate);
    v8::Local<v8::Context> context;
    if (!RestoreBase(session, BuildHook::kHoldPlaces, build).ToLocal(&context)) {
      return DamagedBase();
    }
    const v8::Context::Scope scope(context);
    const v8::TryCatch caught(isolate);
    if (auto failure = EvaluateApp(session, context, build)) return *std::move(failure);
    session.state().phase = Phase::kWarmingUp;
    for (const SampleRequest& request : build.warmup) {
      snapshot.warmup.push_back(WarmUp(session, context, request, errors));
      if (session.Stopped()) return StoppedAtLimit(session);
    }
    // What is logged again, and how it ends again, is no news.
    repeating = true;
    for (int round = 1; round < kWarmupRounds; ++round) {
      for (size_t i = 0; i < build.warmup.size(); ++i) {
        if (snapshot.warmup[i].status == 0) continue;
        (void)WarmUp(session, context, build.warmup[i], errors);
        if (session.Stopped()) return StoppedAtLimit(session);
      }
    }
    if (session.hooks().Call(BuildHook::kPrepareSnapshot, context).IsEmpty()) {
      if (session.Stopped()) return StoppedAtLimit(session);
      return Caught(isolate, context, Kind::kEngine, caught);
    }
    kept.Reset(isolate, context);
  }
  snapshot.blob = session.Finish(
      [&] {
        const v8::Local<v8::Context> context = kept.Get(isolate);
        kept.Reset();
        return context;
      },
      BuildSession::CompiledCode::kKeep);
  return snapshot;
}

}  // namespace nano::runtime

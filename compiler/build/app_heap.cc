// Evaluating beside a rehearsal, leaving out what V8 cannot store, deferring.
#include "compiler/build/app_heap.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "compiler/evaluate/deferred_app.h"
#include "compiler/evaluate/rehearsal.h"
#include "compiler/explain/observations.h"

namespace nano::compiler {
namespace {

using runtime::Observation;
using runtime::ScriptFailure;
using Kind = Observation::Kind;

// What V8 could not store, by its last words.
std::optional<Kind> UnstorableKind(const Evaluation& evaluation) {
  const auto* death = std::get_if<ChildDeath>(&evaluation.outcome);
  if (death == nullptr || death->timed_out) return std::nullopt;
  const auto said = [&](std::string_view text) { return death->errors.find(text) != text.npos; };
  if (said("global handle not serialized") && said("[Foreign]")) return Kind::kIntl;
  if (said("js_finalization_registries")) return Kind::kFinalizer;
  return std::nullopt;
}

// Whether an app that fails so in its rehearsal does so whenever it is evaluated.
bool IsFinal(ScriptFailure::Kind kind) {
  using enum ScriptFailure::Kind;
  return kind == kNeverSettled || kind == kMemory || kind == kExternal;
}

class HeapMaker {
 public:
  HeapMaker(const FailedApp& app, HeapNotes& notes) : app_(app), notes_(notes) {
    for (size_t i = 0; i < app.warmup.size(); ++i) heap_.warmed.push_back(i);
  }

  Result<AppHeap> Make() {
    Rehearsal rehearsal = TRY(Rehearsal::Start(app_.context, Input(app_.warmup)));
    TRY(Evaluate());
    rehearsal.Finish(app_.context.deadline);
    seen_ = rehearsal.seen();
    NoteEntryPoints(rehearsal);

    if (const Observation* reason = ReasonToDefer()) return Defer(rehearsal, *reason);
    if (auto error = FrozenEnvironment(app_.bundle, seen_, app_.context.color))
      return *std::move(error);
    if (Skip(Kind::kAbsent)) TRY(Evaluate());
    if (const auto kind = UnstorableKind(heap_.evaluation)) {
      if (Skip(*kind)) TRY(Evaluate());
      if (const auto still = UnstorableKind(heap_.evaluation)) {
        const Observation unknown{.kind = *still, .what = NameOf(*still), .stack = {}};
        const Observation* reason = First(*still);
        return Defer(rehearsal, reason == nullptr ? unknown : *reason);
      }
    }
    notes_.notes = FrozenValues(app_.bundle, seen_, app_.context.color);
    const Observation* const scheduled = First(Kind::kScheduled);
    // A proxy may answer for any name.
    if (scheduled == nullptr || scheduled->what == "scheduled") {
      notes_.has_scheduled = scheduled != nullptr;
    }
    heap_.code = app_.bundle.code;
    return std::move(heap_);
  }

 private:
  EvaluationInput Input(const std::vector<runtime::SampleRequest>& warmup) const {
    return {.code = app_.bundle.code, .script_name = app_.bundle.script_name, .warmup = warmup};
  }

  // With the warm-up requests that are left.
  Result<void> Evaluate() {
    std::vector<runtime::SampleRequest> warmup;
    for (const size_t number : heap_.warmed) warmup.push_back(app_.warmup[number]);
    heap_.evaluation = TRY(compiler::Evaluate(app_.context, Input(warmup)));
    return {};
  }

  // They are told when the top level has come to its end.
  void NoteEntryPoints(const Rehearsal& rehearsal) {
    if (rehearsal.failure() || rehearsal.timed_out()) return;
    for (const Observation& observation : seen_) {
      if (observation.kind != Kind::kEntryPoint) continue;
      // No binding can name such an export.
      if (observation.what.find('\n') != std::string::npos) continue;
      notes_.entrypoints.append(observation.what).push_back('\n');
    }
  }

  const Observation* Find(const std::function<bool(const Observation&)>& wanted) const {
    const auto found = std::find_if(seen_.begin(), seen_.end(), wanted);
    return found == seen_.end() ? nullptr : &*found;
  }

  const Observation* First(Kind kind) const {
    return Find([&](const Observation& o) { return o.kind == kind; });
  }

  const Observation* ReasonToDefer() const {
    const Observation* absent =
        Find([](const Observation& o) { return o.warmup < 0 && o.kind == Kind::kAbsent; });
    if (absent != nullptr) return absent;
    return Find([](const Observation& o) { return o.warmup < 0 && o.kind == Kind::kRejection; });
  }

  // Leaves out the warm-up requests that did it. False if none did.
  bool Skip(Kind kind) {
    bool skipped = false;
    std::erase_if(heap_.warmed, [&](size_t number) {
      const Observation* seen = Find([&](const Observation& o) {
        return o.kind == kind && o.warmup == static_cast<int>(number);
      });
      if (seen == nullptr) return false;
      notes_.skipped.push_back({number, WhyNotWarmed(app_.bundle, *seen)});
      return skipped = true;
    });
    return skipped;
  }

  Result<AppHeap> Defer(const Rehearsal& rehearsal, const Observation& reason) {
    // The rehearsal had all that the app will have: if it does not come to an end there, it never
    // will. (If it failed, something may have been a stand-in: the verification tells.)
    if (rehearsal.timed_out()) {
      heap_.evaluation.outcome = ChildDeath{.timed_out = true, .errors = {}};
      return std::move(heap_);
    }
    if (rehearsal.failure() && IsFinal(rehearsal.failure()->kind)) {
      heap_.evaluation.outcome = *rehearsal.failure();
      return std::move(heap_);
    }
    notes_.warnings.push_back(ExplainDeferral(app_, reason));
    return MakeDeferredHeap(app_);
  }

  const FailedApp& app_;
  HeapNotes& notes_;
  std::vector<Observation> seen_;
  AppHeap heap_;
};

}  // namespace

Result<AppHeap> MakeDeferredHeap(const FailedApp& app) {
  AppHeap heap{
      .evaluation = {}, .code = DeferredBundle(app.bundle.code), .deferred = true, .warmed = {}};
  const std::vector<runtime::SampleRequest> none;
  heap.evaluation = TRY(Evaluate(app.context, {.code = heap.code,
                                               .script_name = app.bundle.script_name,
                                               .warmup = none,
                                               .compile_all = true}));
  return heap;
}

Result<AppHeap> MakeHeap(const FailedApp& app, HeapNotes& notes) {
  return HeapMaker(app, notes).Make();
}

}  // namespace nano::compiler

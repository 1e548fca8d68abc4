// Ops of the embedder's log and of the isolate's life: its phase, and that a deferred app is
// loaded. Thread: the isolate's.
#include "runtime/isolate/isolate_state.h"
#include "runtime/js/values.h"
#include "runtime/limits/current_request.h"
#include "runtime/ops/op.h"

namespace nano::runtime {
namespace {

void Log(Arguments info) {
  constexpr int kMostSevere = static_cast<int>(LogLevel::kError);
  v8::Isolate* isolate = info.GetIsolate();
  const int level = info[0].As<v8::Int32>()->Value();
  IsolateState::Of(isolate).embedder.log->Log(
      static_cast<LogLevel>(level < 0 || level > kMostSevere ? kMostSevere : level),
      Utf8Of(isolate, info[1]), CurrentTrace(isolate));
}

void PhaseOf(Arguments info) {
  info.GetReturnValue().Set(static_cast<int>(IsolateState::Of(info.GetIsolate()).phase));
}

void Loaded(Arguments info) { IsolateState::Of(info.GetIsolate()).embedder.loading->Loaded(); }

void NotLoaded(Arguments info) {
  IsolateState::Of(info.GetIsolate()).embedder.loading->NotLoaded();
}

constexpr Op kOps[] = {
    {"log", Log},
    {"phase", PhaseOf},
    {"loaded", Loaded},
    {"notLoaded", NotLoaded},
};

}  // namespace

std::span<const Op> EmbedderOps() { return kOps; }

}  // namespace nano::runtime

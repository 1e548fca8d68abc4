// Ops that ask the embedder: timers, the log, where requests leave; and of time and the phase.
// Thread: the isolate's.
#include <chrono>

#include "runtime/isolate/isolate_state.h"
#include "runtime/js/values.h"
#include "runtime/ops/op.h"

namespace nano::runtime {
namespace {

double MonotonicMillis() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(now).count();
}

double WallMillis() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(now).count();
}

void ArmTimer(Arguments info) {
  IsolateState::Of(info.GetIsolate()).embedder.timers->ArmTimer(info[0].As<v8::Number>()->Value());
}

void Log(Arguments info) {
  constexpr int kMostSevere = static_cast<int>(LogLevel::kError);
  v8::Isolate* isolate = info.GetIsolate();
  const int level = info[0].As<v8::Int32>()->Value();
  IsolateState::Of(isolate).embedder.log->Log(
      static_cast<LogLevel>(level < 0 || level > kMostSevere ? kMostSevere : level),
      Utf8Of(isolate, info[1]));
}

void Now(Arguments info) {
  const IsolateState& state = IsolateState::Of(info.GetIsolate());
  info.GetReturnValue().Set(state.phase == Phase::kServing ? MonotonicMillis() : state.build_clock);
}

void TimeOrigin(Arguments info) {
  const IsolateState& state = IsolateState::Of(info.GetIsolate());
  info.GetReturnValue().Set(state.phase == Phase::kServing ? WallMillis() - MonotonicMillis() : 0);
}

void PhaseOf(Arguments info) {
  info.GetReturnValue().Set(static_cast<int>(IsolateState::Of(info.GetIsolate()).phase));
}

void RunMicrotasks(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  // From within a microtask V8 runs none, and the timers that call this never are.
  isolate->PerformMicrotaskCheckpoint();
}

void EnqueueMicrotask(Arguments info) {
  if (!info[0]->IsFunction()) return ThrowTypeError(info.GetIsolate(), "a function is needed");
  info.GetIsolate()->EnqueueMicrotask(info[0].As<v8::Function>());
}

void Loaded(Arguments info) { IsolateState::Of(info.GetIsolate()).embedder.loading->Loaded(); }

void OutboundRefusal(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::String> text;
  const std::string_view refusal = IsolateState::Of(isolate).embedder.outbound->Refusal();
  if (Utf8String(isolate, refusal).ToLocal(&text)) info.GetReturnValue().Set(text);
}

constexpr Op kOps[] = {
    {"armTimer", ArmTimer},
    {"log", Log},
    {"now", Now},
    {"timeOrigin", TimeOrigin},
    {"phase", PhaseOf},
    {"runMicrotasks", RunMicrotasks},
    {"enqueueMicrotask", EnqueueMicrotask},
    {"loaded", Loaded},
    {"outboundRefusal", OutboundRefusal},
};

}  // namespace

std::span<const Op> EmbedderOps() { return kOps; }

}  // namespace nano::runtime

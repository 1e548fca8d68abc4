// Ops of the Web APIs' event loop: timers, time and microtasks. Time is no port of the embedder's:
// a build has a clock of its own, which timers alone move. Thread: the isolate's.
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

void Now(Arguments info) {
  const IsolateState& state = IsolateState::Of(info.GetIsolate());
  info.GetReturnValue().Set(state.phase == Phase::kServing ? MonotonicMillis() : state.build_clock);
}

void TimeOrigin(Arguments info) {
  const IsolateState& state = IsolateState::Of(info.GetIsolate());
  info.GetReturnValue().Set(state.phase == Phase::kServing ? WallMillis() - MonotonicMillis() : 0);
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

constexpr Op kOps[] = {
    {"armTimer", ArmTimer},
    {"now", Now},
    {"timeOrigin", TimeOrigin},
    {"runMicrotasks", RunMicrotasks},
    {"enqueueMicrotask", EnqueueMicrotask},
};

}  // namespace

std::span<const Op> EventLoopOps() { return kOps; }

}  // namespace nano::runtime

// The op by which the Web APIs tell a rehearsal what an app does (runtime/builder/rehearsal.cc). In
// every other isolate it does nothing.
#include "runtime/isolate/isolate_state.h"
#include "runtime/js/values.h"
#include "runtime/ops/op.h"

namespace nano::runtime {
namespace {

void Observe(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const IsolateState& state = IsolateState::Of(isolate);
  if (!state.observer) return;
  state.observer(info[0].As<v8::Int32>()->Value(), Utf8Of(isolate, info[1]),
                 Utf8Of(isolate, info[2]));
}

constexpr Op kOps[] = {{"observe", Observe}};

}  // namespace

std::span<const Op> ObservationOps() { return kOps; }

}  // namespace nano::runtime

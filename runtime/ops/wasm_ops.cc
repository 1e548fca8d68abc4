// Ops that count WebAssembly modules which promises give (isolate/wasm_modules). Thread: the
// isolate's.
#include "runtime/isolate/isolate_state.h"
#include "runtime/js/values.h"
#include "runtime/ops/op.h"

namespace nano::runtime {
namespace {

// holdWasm(bytes)
void HoldWasm(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const size_t size = WasmModules::SizeOf(BytesOf(info[0]));
  if (!IsolateState::Of(isolate).wasm_modules.Hold(isolate, size)) return;
  info.GetReturnValue().Set(static_cast<double>(size));
}

// keepWasm(held, module?)
void KeepWasm(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  WasmModules& modules = IsolateState::Of(isolate).wasm_modules;
  modules.Release(static_cast<size_t>(info[0].As<v8::Number>()->Value()));
  if (info[1]->IsWasmModuleObject()) modules.Keep(isolate, info[1].As<v8::WasmModuleObject>());
}

constexpr Op kOps[] = {{"holdWasm", HoldWasm}, {"keepWasm", KeepWasm}};

}  // namespace

std::span<const Op> WasmOps() { return kOps; }

}  // namespace nano::runtime

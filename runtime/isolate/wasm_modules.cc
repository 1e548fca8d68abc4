// Reads how large a module is, and follows its objects until they are gone.
#include "runtime/isolate/wasm_modules.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/check.h"
#include "runtime/isolate/hooks.h"
#include "runtime/isolate/isolate_state.h"
#include "runtime/js/values.h"

namespace nano::runtime {
namespace {

// What V8 keeps for a function, and the least that its code takes. Measured of modules of 400,000
// functions: 100 bytes for each that never runs, 700 for each that has been compiled.
constexpr size_t kOfFunction = 700;
// The shortest body in a module: its size, no locals, and its end.
constexpr size_t kShortestBody = 3;

constexpr size_t kHeader = 8;  // "\0asm", and the version.
enum Section : uint8_t { kFunctions = 3, kCode = 10 };

// An unsigned number in LEB128, which is taken off `bytes`. What is malformed gives some number.
uint64_t TakeNumber(std::string_view& bytes) {
  uint64_t number = 0;
  for (unsigned shift = 0; shift < 35 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    number |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) break;
  }
  return number;
}

}  // namespace

size_t WasmModules::SizeOf(std::string_view bytes) {
  size_t size = bytes.size();
  uint64_t functions = 0;
  uint64_t bodies = 0;
  std::string_view rest = bytes.substr(std::min(kHeader, bytes.size()));
  while (!rest.empty()) {
    const auto id = static_cast<uint8_t>(rest.front());
    rest.remove_prefix(1);
    const uint64_t length = TakeNumber(rest);
    if (length > rest.size()) break;
    std::string_view section = rest.substr(0, length);
    rest.remove_prefix(length);
    // Code takes about as much as its bytes do.
    if (id == kCode) size += section.size();
    if (id == kFunctions) functions += TakeNumber(section);
    if (id == kCode) bodies += std::min(TakeNumber(section), length / kShortestBody);
  }
  // V8 makes nothing of functions that have no bodies: such a module is malformed.
  return size + std::min(functions, bodies) * kOfFunction;
}

bool WasmModules::Hold(v8::Isolate* isolate, size_t size) {
  if (account_ == nullptr) return true;
  account_->Grow(size);
  if (!IsolateState::Of(isolate).stop.stopped()) return true;
  account_->Release(size);
  ThrowRangeError(isolate, "There is no memory left for the WebAssembly module");
  return false;
}

void WasmModules::Release(size_t size) {
  if (account_ != nullptr) account_->Release(size);
}

void WasmModules::Keep(v8::Isolate* isolate, v8::Local<v8::WasmModuleObject> module) {
  if (account_ == nullptr) return;
  v8::CompiledWasmModule compiled = module->GetCompiledModule();
  const v8::MemorySpan<const uint8_t> bytes = compiled.GetWireBytesRef();
  Code& code = code_[bytes.data()];
  if (code.objects++ == 0) {
    code.size = SizeOf({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    // So that V8 collects what is garbage before there is too much.
    isolate->AdjustAmountOfExternalAllocatedMemory(static_cast<int64_t>(code.size));
    account_->Grow(code.size);
  }
  const auto self = kept_.emplace(kept_.end());
  *self = {this, bytes.data(), self, 0, v8::Global<v8::WasmModuleObject>(isolate, module)};
  self->object.SetWeak(&*self, OnCollected, v8::WeakCallbackType::kParameter);
}

void WasmModules::OnCollected(const v8::WeakCallbackInfo<Kept>& info) {
  Kept& kept = *info.GetParameter();
  WasmModules& self = *kept.owner;
  kept.object.Reset();
  const auto code = self.code_.find(kept.code);
  if (--code->second.objects == 0) {
    kept.gone = code->second.size;
    self.account_->Release(kept.gone);
    self.code_.erase(code);
  }
  self.collected_.splice(self.collected_.end(), self.kept_, kept.self);
  info.SetSecondPassCallback(OnSettled);
}

void WasmModules::OnSettled(const v8::WeakCallbackInfo<Kept>& info) {
  const Kept& kept = *info.GetParameter();
  info.GetIsolate()->AdjustAmountOfExternalAllocatedMemory(-static_cast<int64_t>(kept.gone));
  kept.owner->collected_.erase(kept.self);
}

void WasmModules::Forget() {
  kept_.clear();
  for (const auto& [bytes, code] : code_) account_->Release(code.size);
  code_.clear();
}

// Returns whether that was all: V8 goes on if not.
bool WasmModules::OnConstruct(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  WasmModules& self = IsolateState::Of(isolate).wasm_modules;
  if (std::exchange(self.constructing_, false) || info.NewTarget()->IsUndefined()) return false;
  const std::string_view bytes = BytesOf(info[0]);
  if (bytes.empty()) return false;  // Which is no module: V8 says so.
  const size_t size = SizeOf(bytes);
  if (!self.Hold(isolate, size)) return true;
  // Between this and V8's next call of this function nothing of the app's may run: V8 would ask a
  // target of the app's for its prototype, which has been done already for `this`.
  self.constructing_ = true;
  v8::Local<v8::Value> made;
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  const bool is_made =
      Hooks::Of(isolate).Call(Hook::kConstructWasm, context, info[0], info[1]).ToLocal(&made);
  self.constructing_ = false;
  self.Release(size);
  if (!is_made) return true;
  NANO_CHECK(made->IsWasmModuleObject());
  const auto module = made.As<v8::WasmModuleObject>();
  self.Keep(isolate, module);
  const v8::Local<v8::Value> prototype = info.This()->GetPrototypeV2();
  if (module->GetPrototypeV2() != prototype) {
    NANO_CHECK(module->SetPrototypeV2(context, prototype).FromMaybe(false));
  }
  info.GetReturnValue().Set(module);
  return true;
}

}  // namespace nano::runtime

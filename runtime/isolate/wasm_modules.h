// What the WebAssembly modules of an isolate take outside of V8's heap: their bytes, what V8 knows
// of each function, and compiled code. V8 counts none of it. So it is charged as buffers are:
// before a module is compiled, and for as long as there is an object of it.
//
// Modules come to be in four ways: by `new WebAssembly.Module`, which V8 shows to OnConstruct
// first; by the functions that promise one, which runtime/web/wasm/counted.ts replaces; by clones
// (ops/clone_ops.cc); and by imports, which use the first.
//
// Owned by the isolate's state. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <cstddef>
#include <list>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "runtime/engine/buffer_pages.h"

namespace nano::runtime {

class WasmModules {
 public:
  WasmModules() = default;
  WasmModules(const WasmModules&) = delete;
  WasmModules& operator=(const WasmModules&) = delete;

  // Before that nothing is counted.
  void ChargeTo(std::shared_ptr<BufferPages::Account> account) { account_ = std::move(account); }
  // While the isolate lives: it has no more modules.
  void Forget();

  // What a module of these bytes takes once all of it has run; an estimate, but for the bytes.
  // Anything else takes what it is long.
  static size_t SizeOf(std::string_view bytes);

  // Charges what is about to be compiled, or throws a RangeError: then the isolate is being
  // stopped.
  bool Hold(v8::Isolate* isolate, size_t size);
  // That is over; what came of it is kept from now on.
  void Release(size_t size);
  // Charges a module until it is collected. Objects that share their code are charged once.
  void Keep(v8::Isolate* isolate, v8::Local<v8::WasmModuleObject> module);

  // For v8::Isolate::SetWasmModuleCallback.
  static bool OnConstruct(const v8::FunctionCallbackInfo<v8::Value>& info);

 private:
  // Code that objects share, by its bytes' place.
  struct Code {
    size_t size = 0;
    size_t objects = 0;
  };
  struct Kept {
    WasmModules* owner;
    const void* code;
    std::list<Kept>::iterator self;
    size_t gone;  // What has gone with it, when it was collected.
    v8::Global<v8::WasmModuleObject> object;
  };
  // Within a collection, where V8 allows nothing but to give the handle up; and when it has ended.
  static void OnCollected(const v8::WeakCallbackInfo<Kept>& info);
  static void OnSettled(const v8::WeakCallbackInfo<Kept>& info);

  std::shared_ptr<BufferPages::Account> account_;
  std::unordered_map<const void*, Code> code_;
  std::list<Kept> kept_;
  std::list<Kept> collected_;  // Until V8 has been told.
  bool constructing_ = false;  // V8 is to go on by itself.
};

}  // namespace nano::runtime

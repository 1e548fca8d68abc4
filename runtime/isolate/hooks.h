// The functions that the Web APIs' bundle gives to the runtime (RuntimeHooks in
// runtime/web/host/ops.ts). They travel in the snapshot as one object attached to the context.
// Thread: the isolate's.
#pragma once

#include <v8.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/result.h"

namespace nano::runtime {

enum class Hook {
  kSetApp,
  kSetEnv,
  kResume,
  kDispatch,
  kBodyPart,
  kBodyError,
  kDrained,
  kAborted,
  kRunTasks,
  kCallHead,
  kCallBody,
  kCallFailed,
  kCallDrained,
  kForwarded,
  kPromiseRejected,
  kPromiseHandled,
  kReportRejections,
  kLazyGlobal,
  kConstructWasm,
  kLoadApp,
  kLimitsChanged,
  kCount,
};

// Those that only builds call: no isolate that serves looks for them when it boots.
enum class BuildHook {
  kPrepareSnapshot,
  kBuilder,
  kGlobalNames,
  kHoldPlaces,
  kWatch,
  kOfferPlatform,
  kCount,
};

class Hooks {
 public:
  // Lets callbacks find these hooks from the isolate, which must not outlive them.
  void AttachTo(v8::Isolate* isolate) { isolate->SetData(kSlot, this); }
  static const Hooks& Of(v8::Isolate* isolate) {
    return *static_cast<const Hooks*>(isolate->GetData(kSlot));
  }

  // Takes the functions out of the bundle's exports. Fails if one is missing.
  Result<void> Load(v8::Local<v8::Context> context, v8::Local<v8::Object> exports);
  // From a restored context; the exports are the context's data number 0.
  Result<void> Restore(v8::Local<v8::Context> context);

  v8::Local<v8::Object> exports(v8::Isolate* isolate) const { return exports_.Get(isolate); }

  // Calls a hook in its context. Empty if it threw or was terminated; a hook does not throw but for
  // a bug or where its documentation says so, so callers hold a TryCatch.
  template <typename... Values>
  v8::MaybeLocal<v8::Value> Call(Hook hook, v8::Local<v8::Context> context,
                                 Values... values) const {
    v8::Isolate* isolate = v8::Isolate::GetCurrent();
    std::array<v8::Local<v8::Value>, sizeof...(values)> arguments{values...};
    return functions_[static_cast<size_t>(hook)].Get(isolate)->Call(
        context, v8::Undefined(isolate), static_cast<int>(arguments.size()), arguments.data());
  }

  template <typename... Values>
  v8::MaybeLocal<v8::Value> Call(BuildHook hook, v8::Local<v8::Context> context,
                                 Values... values) const {
    v8::Local<v8::Function> function;
    if (!Find(hook, context).ToLocal(&function)) return {};
    std::array<v8::Local<v8::Value>, sizeof...(values)> arguments{values...};
    return function->Call(context, v8::Undefined(v8::Isolate::GetCurrent()),
                          static_cast<int>(arguments.size()), arguments.data());
  }

  // Lets go of all handles; V8 refuses to write a snapshot while there are any.
  void Reset();

 private:
  v8::MaybeLocal<v8::Function> Find(BuildHook hook, v8::Local<v8::Context> context) const;

  static constexpr uint32_t kSlot = 1;  // IsolateState has 0.

  v8::Global<v8::Object> exports_;
  std::array<v8::Global<v8::Function>, static_cast<size_t>(Hook::kCount)> functions_;
};

}  // namespace nano::runtime

// Finds the hooks by their names.
#include "runtime/isolate/hooks.h"

#include <string>

#include "runtime/js/values.h"

namespace nano::runtime {
namespace {

constexpr const char* kNames[] = {
    "setApp",         "setEnv",           "resume",      "dispatch",      "bodyPart",
    "bodyError",      "drained",          "aborted",     "runTasks",      "callHead",
    "callBody",       "callFailed",       "callDrained", "forwarded",     "promiseRejected",
    "promiseHandled", "reportRejections", "lazyGlobal",  "constructWasm", "loadApp",
    "limitsChanged",
};
static_assert(std::size(kNames) == static_cast<size_t>(Hook::kCount));

constexpr const char* kBuildNames[] = {
    "prepareSnapshot", "builder", "globalNames", "holdPlaces", "watch", "offerPlatform",
};
static_assert(std::size(kBuildNames) == static_cast<size_t>(BuildHook::kCount));

}  // namespace

Result<void> Hooks::Load(v8::Local<v8::Context> context, v8::Local<v8::Object> exports) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  exports_.Reset(isolate, exports);
  for (size_t i = 0; i < functions_.size(); ++i) {
    v8::Local<v8::Value> value;
    if (!exports->Get(context, OneByteString(isolate, kNames[i])).ToLocal(&value) ||
        !value->IsFunction()) {
      return Error{"the Web APIs' bundle lacks its function '" + std::string(kNames[i]) + "'", "",
                   "This is a bug in NANO or a snapshot of another version; build again."};
    }
    functions_[i].Reset(isolate, value.As<v8::Function>());
  }
  return {};
}

Result<void> Hooks::Restore(v8::Local<v8::Context> context) {
  v8::Local<v8::Object> exports;
  if (!context->GetDataFromSnapshotOnce<v8::Object>(0).ToLocal(&exports)) {
    return Error{"the snapshot does not hold the runtime's functions", "",
                 "Build the app again with the nanoc that belongs to this nano."};
  }
  return Load(context, exports);
}

v8::MaybeLocal<v8::Function> Hooks::Find(BuildHook hook, v8::Local<v8::Context> context) const {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::Local<v8::Value> owner = exports(isolate);
  if (hook > BuildHook::kBuilder && !Call(BuildHook::kBuilder, context).ToLocal(&owner)) return {};
  v8::Local<v8::Value> value;
  const char* const name = kBuildNames[static_cast<size_t>(hook)];
  if (!owner->IsObject() ||
      !owner.As<v8::Object>()->Get(context, OneByteString(isolate, name)).ToLocal(&value) ||
      !value->IsFunction()) {
    return {};
  }
  return value.As<v8::Function>();
}

void Hooks::Reset() {
  exports_.Reset();
  for (auto& function : functions_) function.Reset();
}

}  // namespace nano::runtime

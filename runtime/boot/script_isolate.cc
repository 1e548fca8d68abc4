// Boots the base snapshot and runs scripts in it.
#include "runtime/script_isolate.h"

#include <v8.h>

#include <cstring>
#include <deque>
#include <utility>

#include "base/check.h"
#include "runtime/boot/restored_isolate.h"
#include "runtime/isolate/isolate_setup.h"
#include "runtime/js/values.h"

namespace nano::runtime {
namespace {

void CallNative(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const auto& function = *static_cast<const ScriptIsolate::NativeFunction*>(
      info.Data().As<v8::External>()->Value(v8::kExternalPointerTypeTagDefault));
  std::vector<std::string> arguments;
  for (int i = 0; i < info.Length(); ++i) {
    v8::Local<v8::String> text;
    if (!info[i]->ToString(isolate->GetCurrentContext()).ToLocal(&text)) return;  // It threw.
    arguments.push_back(Utf8Of(isolate, text));
  }
  const Result<std::string> result = function(arguments);
  if (!result.ok()) {
    isolate->ThrowException(
        v8::Exception::Error(Utf8String(isolate, result.error().ToString()).ToLocalChecked()));
    return;
  }
  v8::Local<v8::ArrayBuffer> buffer;
  if (!v8::ArrayBuffer::MaybeNew(isolate, result->size()).ToLocal(&buffer)) {
    return ThrowRangeError(isolate, "there is no memory left for the native function's result");
  }
  if (!result->empty()) std::memcpy(buffer->Data(), result->data(), result->size());
  info.GetReturnValue().Set(buffer);
}

}  // namespace

struct ScriptIsolate::Impl : RestoredIsolate {
  using RestoredIsolate::RestoredIsolate;

  v8::Global<v8::Function> report_error;  // As it was before any script could replace it.
  std::deque<NativeFunction> functions;   // At addresses that stay.

  // Runs `call` inside the isolate and finishes the turn.
  template <typename Callback>
  void Enter(Callback call) {
    const v8::Isolate::Scope isolate_scope(isolate);
    const v8::HandleScope handles(isolate);
    const v8::Local<v8::Context> local = context.Get(isolate);
    const v8::Context::Scope context_scope(local);
    const v8::TryCatch caught(isolate);
    call(local);
    FinishTurn(local);
  }

  void RunOne(v8::Local<v8::Context> local, const Script& script);
};

void ScriptIsolate::Impl::RunOne(v8::Local<v8::Context> local, const Script& script) {
  const v8::HandleScope handles(isolate);
  const v8::TryCatch caught(isolate);
  v8::Local<v8::String> text;
  v8::Local<v8::String> name;
  v8::Local<v8::Script> compiled;
  if (!Utf8String(isolate, script.source).ToLocal(&text) ||
      !Utf8String(isolate, script.name).ToLocal(&name)) {
    state.embedder.log->Log(LogLevel::kError,
                            script.name + " is longer than the engine's strings may be", {});
    return;
  }
  v8::ScriptCompiler::Source source(text, v8::ScriptOrigin(name));
  if (v8::ScriptCompiler::Compile(local, &source).ToLocal(&compiled) &&
      !compiled->Run(local).IsEmpty()) {
    return;
  }
  if (!caught.HasCaught() || caught.HasTerminated()) return;
  v8::Local<v8::Value> exception = caught.Exception();
  if (report_error.Get(isolate)->Call(local, v8::Undefined(isolate), 1, &exception).IsEmpty()) {
    state.embedder.log->Log(LogLevel::kError, script.name + " failed, and so did reporting it", {});
  }
}

ScriptIsolate::ScriptIsolate(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<ScriptIsolate>> ScriptIsolate::Boot(Options options) {
  NANO_CHECK(CurrentPlatform() != nullptr);
  std::unique_ptr<ScriptIsolate> made(
      new ScriptIsolate(std::make_unique<Impl>(*options.image, options.embedder, Limits{})));
  Impl& self = *made->impl_;
  v8::Isolate* isolate = self.isolate;
  const v8::Isolate::Scope isolate_scope(isolate);
  const v8::HandleScope handles(isolate);
  const v8::Local<v8::Context> context = TRY(self.Restore());
  const v8::Context::Scope context_scope(context);

  const v8::TryCatch caught(isolate);
  const v8::Local<v8::Value> no_env = v8::Array::New(isolate);
  const v8::Local<v8::Value> no_assets = v8::String::Empty(isolate);
  v8::Local<v8::Value> report_error;
  if (self.hooks.Call(Hook::kSetEnv, context, no_env, no_env, no_assets).IsEmpty() ||
      self.hooks.Call(Hook::kResume, context).IsEmpty() ||
      !context->Global()
           ->Get(context, OneByteString(isolate, "reportError"))
           .ToLocal(&report_error) ||
      !report_error->IsFunction()) {
    return Error{"the base snapshot could not be resumed: " + Utf8Of(isolate, caught.Exception()),
                 options.image->name, ""};
  }
  self.report_error.Reset(isolate, report_error.As<v8::Function>());
  FinishTurn(context);
  return made;
}

ScriptIsolate::~ScriptIsolate() = default;

void ScriptIsolate::Define(const std::string& name, NativeFunction function) {
  NativeFunction& kept = impl_->functions.emplace_back(std::move(function));
  impl_->Enter([&](v8::Local<v8::Context> context) {
    v8::Isolate* isolate = impl_->isolate;
    const auto data = v8::External::New(isolate, &kept, v8::kExternalPointerTypeTagDefault);
    const auto made = v8::Function::New(context, CallNative, data).ToLocalChecked();
    context->Global()->CreateDataProperty(context, OneByteString(isolate, name), made).Check();
  });
}

void ScriptIsolate::Run(const std::vector<Script>& scripts) {
  impl_->Enter([&](v8::Local<v8::Context> context) {
    for (const Script& script : scripts) impl_->RunOne(context, script);
  });
}

void ScriptIsolate::CollectGarbage() {
  const v8::Isolate::Scope isolate_scope(impl_->isolate);
  impl_->isolate->LowMemoryNotification();
}

void ScriptIsolate::FireTimers() {
  impl_->Enter(
      [&](v8::Local<v8::Context> context) { (void)impl_->hooks.Call(Hook::kRunTasks, context); });
}

void ScriptIsolate::RunTasks() {
  impl_->Enter([&](v8::Local<v8::Context>) { impl_->tasks->RunAll(); });
}

}  // namespace nano::runtime

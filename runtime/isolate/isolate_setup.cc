// Policy and callbacks of an isolate.
#include "runtime/isolate/isolate_setup.h"

#include "runtime/isolate/wasm_modules.h"

namespace nano::runtime {
namespace {

void OnPromiseReject(v8::PromiseRejectMessage message) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  const v8::HandleScope handles(isolate);
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  const v8::TryCatch ignored(isolate);  // Only a termination can come out of these hooks.
  switch (message.GetEvent()) {
    case v8::kPromiseRejectWithNoHandler:
      IsolateState::Of(isolate).rejections_to_report = true;
      (void)Hooks::Of(isolate).Call(Hook::kPromiseRejected, context,
                                    message.GetPromise().As<v8::Value>(), message.GetValue());
      break;
    case v8::kPromiseHandlerAddedAfterReject:
      IsolateState::Of(isolate).rejections_to_report = true;
      (void)Hooks::Of(isolate).Call(Hook::kPromiseHandled, context,
                                    message.GetPromise().As<v8::Value>());
      break;
    default:
      break;  // V8 tells of resolutions that came too late; they are of no consequence.
  }
  // It ended with the hook, and is to end what called it.
  if (IsolateState::Of(isolate).stop.stopped()) [[unlikely]] {
    isolate->TerminateExecution();
  }
}

}  // namespace

void SetUpIsolate(v8::Isolate* isolate, IsolateState& state, Hooks& hooks) {
  state.AttachTo(isolate);
  hooks.AttachTo(isolate);
  isolate->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
  isolate->SetPromiseRejectCallback(OnPromiseReject);
  isolate->SetWasmModuleCallback(WasmModules::OnConstruct);
}

void FinishTurn(v8::Local<v8::Context> context) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  IsolateState& state = IsolateState::Of(isolate);
  isolate->PerformMicrotaskCheckpoint();
  state.inline_work = 0;
  // The hook runs microtasks itself, and leaves what is rejected meanwhile to a task of its own.
  if (state.rejections_to_report && !state.stop.stopped()) {
    (void)Hooks::Of(isolate).Call(Hook::kReportRejections, context);
    state.rejections_to_report = false;
  }
}

}  // namespace nano::runtime

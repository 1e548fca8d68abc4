// What an app's isolate consists of, for the files that AppIsolate is written in. Thread: the
// isolate's.
#pragma once

#include <v8.h>

#include <array>
#include <functional>
#include <optional>
#include <string_view>

#include "base/function_ref.h"
#include "runtime/app_isolate.h"
#include "runtime/boot/current_isolate.h"
#include "runtime/boot/isolate_calls.h"
#include "runtime/boot/restored_isolate.h"
#include "runtime/isolate/isolate_setup.h"
#include "runtime/limits/watch.h"
#include "runtime/native/url/request_url.h"
#include "runtime/profile/cpu_recording.h"

namespace nano::runtime {

struct AppIsolate::Impl : RestoredIsolate {
  // Methods whose strings are made once for an isolate.
  static constexpr std::string_view kMethods[] = {"GET",  "POST",  "PUT",    "DELETE",
                                                  "HEAD", "PATCH", "OPTIONS"};

  Impl(const AppImage& image, const Embedder& embedder, const Limits& given)
      : RestoredIsolate(image, embedder, given),
        calls(state, hooks,
              [this](FunctionRef<void(v8::Local<v8::Context>)> call) { Enter(call); }) {}
  ~Impl() { CurrentIsolate::Leave(isolate); }

  IsolateCalls calls;
  RequestUrlBuilder urls;
  std::array<v8::Eternal<v8::String>, std::size(kMethods)> methods;
  std::optional<CpuRecording> recording;
  std::function<void()> recording_gone;
  int depth = 0;          // Enter calls on the stack.
  bool reported = false;  // The log says that the app was stopped.
  std::function<void(std::string_view)> inquiry;

  // Runs `call` inside the isolate; `call` gets the context. The outermost one finishes the turn:
  // an exchange may answer an op by calling back (a body part that is there already), and
  // microtasks must not run in the middle of the script that called the op.
  template <typename Callback>
  void Enter(Callback call);
  v8::Local<v8::String> MethodString(std::string_view method);
  void OnTurnFailed(const v8::TryCatch& caught);
  // Ends the calls, and the exchanges, whose answers will never come now.
  void EndAll();
  // Ends the calls alone; `take` is told of the exchanges.
  void TakeAll(FunctionRef<void(http::Exchange&)> take);
  void End(http::Exchange& exchange);
  // An exchange that ends without the app. Null if it had ended.
  http::Exchange* Abort(uint32_t id, AbortCause cause);
};

template <typename Callback>
void AppIsolate::Impl::Enter(Callback call) {
  const CurrentIsolate current(isolate);
  const v8::HandleScope handles(isolate);
  const v8::Local<v8::Context> local = context.Get(isolate);
  const v8::Context::Scope context_scope(local);
  const v8::TryCatch caught(isolate);
  if (!state.stop.stopped()) {
    if (depth > 0) {
      call(local);
      return;
    }
    const WatchedTurn turn(cpu_limit);
    ++depth;
    call(local);
    if (!state.stop.stopped()) [[likely]] {
      FinishTurn(local);
    }
    --depth;
  }
  // The outermost call cleans up, when none of the app's frames is left on the stack.
  if (depth == 0 && (caught.HasCaught() || state.stop.stopped())) [[unlikely]] {
    OnTurnFailed(caught);
  }
}

}  // namespace nano::runtime

// What belongs to one isolate beside V8's heap: its embedder, its exchanges, its phase. Ops find it
// from the isolate. Owned by AppIsolate or by a snapshot build. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "http/exchange.h"
#include "runtime/embedder.h"
#include "runtime/engine/buffer_pages.h"
#include "runtime/isolate/external_memory.h"
#include "runtime/isolate/promise_jobs.h"
#include "runtime/isolate/store_calls.h"
#include "runtime/isolate/wasm_modules.h"
#include "runtime/limits.h"
#include "runtime/limits/stop_switch.h"
#include "runtime/native/crypto/key_cache.h"
#include "runtime/native/jobs/cancellation.h"
#include "runtime/outbound/number_table.h"
#include "runtime/outbound/outgoing_calls.h"

namespace nano::runtime {

// As runtime/web/host/ops.ts numbers them.
enum class Phase { kEvaluating = 0, kWarmingUp = 1, kServing = 2 };

struct IsolateState {
  Embedder embedder;
  Limits limits;
  Phase phase = Phase::kServing;
  NumberTable<http::Exchange*> exchanges;
  OutgoingCalls calls;
  // Of the op that asks for a call's body: all of it, if that comes before the op returns.
  struct BodyAnswer {
    uint32_t call;
    v8::Local<v8::Value> body;
  };
  BodyAnswer* body_answer = nullptr;
  size_t pending_promises = 0;  // Of waitUntil, and of jobs, that have not settled.
  // What runs on other threads; null until there is something. Goes before the isolate does.
  std::unique_ptr<PromiseJobs> jobs;
  std::unique_ptr<StoreCalls> stores;  // The same of what the store was asked.
  KeyCache keys;                       // Of crypto.subtle.
  double inline_work = 0;  // Of crypto.subtle in this turn of the event loop; about microseconds.
  CancelSource end;        // What runs on other threads learns from it that nobody waits any more.
  // The clock of a build stands still but for the timers that the app waits for; milliseconds.
  double build_clock = 0;
  bool rejections_to_report = false;
  // To which memory is charged as to buffers; null while a snapshot is built.
  std::shared_ptr<BufferPages::Account> account;
  StopSwitch stop;  // Turned when the app reaches a limit; the isolate must go.
  // Of a rehearsal: what is told by the op `observe`. Empty in every other isolate.
  std::function<void(int kind, std::string what, std::string stack)> observer;
  ExternalMemory external_memory;
  WasmModules wasm_modules;
  std::string scratch;  // Reused by ops that encode a string for the time of one call.

  // The exchange, which ends, and with it what is made of its request's body; null if it has ended.
  http::Exchange* TakeExchange(uint32_t id) {
    if (OutgoingCall* call = calls.UploadOf(id)) [[unlikely]] {
      calls.UnbindUpload(*call);
      call->OnUploadFailed("the response to it has ended");
    }
    return exchanges.Take(id);
  }

  void AttachTo(v8::Isolate* isolate) { isolate->SetData(kSlot, this); }
  static IsolateState& Of(v8::Isolate* isolate) {
    return *static_cast<IsolateState*>(isolate->GetData(kSlot));
  }

 private:
  static constexpr uint32_t kSlot = 0;
};

}  // namespace nano::runtime

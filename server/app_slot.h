// An app in a worker: its isolate, if it has one, and what the isolate needs of the event loop.
//
// Owns the isolate, a timer and a wake-up handle. Boots the isolate on the app's first request and
// again after it died. Thread: the worker's loop, but for Wake.
#pragma once

#include <uv.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/app_isolate.h"
#include "runtime/isolate_host.h"
#include "runtime/source_map.h"
#include "server/app_catalog.h"
#include "server/http/uv_handle.h"
#include "server/log.h"

namespace nano::server {

class MemoryKeeper;

// What the slots of a worker have in common. Outlives them.
struct SlotContext {
  uv_loop_t* loop = nullptr;
  Log* log = nullptr;
  MemoryKeeper* memory = nullptr;
  size_t live_isolates = 0;
  // A dead isolate that was the worker's last one. V8 tears its shared read-only heap down with the
  // last isolate, which makes the next boot three times as slow; so it stays until that boot.
  std::unique_ptr<runtime::AppIsolate> retired;
};

class AppSlot final : private runtime::IsolateHost {
 public:
  // Both outlive the slot.
  AppSlot(const ServedApp& app, SlotContext& context);
  ~AppSlot() override;
  AppSlot(const AppSlot&) = delete;
  AppSlot& operator=(const AppSlot&) = delete;

  // The isolate, booted if need be. Null if the app cannot be served; the log says why.
  runtime::AppIsolate* Acquire();

  // Calls into the isolate that an exchange was dispatched to; `call` gets the AppIsolate. A dead
  // isolate is thrown away afterwards. Not from within another call into an isolate.
  template <typename Call>
  void Enter(Call call) {
    if (isolate_ == nullptr) return;
    last_used_ = uv_now(context_.loop);
    if (!in_use_) TakeIntoUse();
    call(*isolate_);
    if (isolate_->dead()) [[unlikely]] {
      Retire();
    }
  }

  // Requests and waitUntil promises that have not ended.
  size_t pending() const { return isolate_ == nullptr ? 0 : isolate_->pending(); }

  // When the isolate last ran, by the loop's clock in milliseconds.
  uint64_t last_used() const { return last_used_; }
  // Gives memory that the isolate does not need while it is idle back to the system. Takes some
  // milliseconds.
  void ReleaseMemory();

 private:
  void ArmTimer(double delay_ms) override;
  void Wake() override;
  void Log(runtime::LogLevel level, std::string_view text) override;

  bool Boot();
  void Retire();
  void TakeIntoUse();

  const ServedApp& app_;
  SlotContext& context_;
  const runtime::SourceMap source_map_;
  bool broken_ = false;  // Its snapshot was refused or does not boot.
  uint64_t last_used_ = 0;
  bool in_use_ = false;  // It ran since its memory was last given back.
  UvHandle<uv_timer_t> timer_;
  UvHandle<uv_async_t> wake_;
  std::unique_ptr<runtime::AppIsolate> isolate_;
};

}  // namespace nano::server

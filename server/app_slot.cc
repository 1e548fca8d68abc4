// Boots isolates, throws dead ones away, maps stacks in what they log. See app_slot.h for ownership
// and threads.
#include "server/app_slot.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/file.h"
#include "server/memory_keeper.h"

namespace nano::server {
namespace {

constexpr double kLongestDelayMs = 1e15;  // Some 30,000 years; fits uv_timer_start.

}  // namespace

AppSlot::AppSlot(const ServedApp& app, size_t index, SlotContext& context)
    : app_(app),
      index_(index),
      context_(context),
      source_map_(app.image.source_map),
      broken_(!app.refusal.empty()) {}

AppSlot::~AppSlot() = default;

runtime::AppIsolate* AppSlot::Acquire() {
  if (isolate_ != nullptr) [[likely]] {
    return isolate_.get();
  }
  if (broken_ || !Boot()) return nullptr;
  return isolate_.get();
}

bool AppSlot::Boot() {
  if (timer_ == nullptr) {
    timer_ = MakeUvHandle<uv_timer_t>(uv_timer_init, context_.loop);
    timer_->data = this;
    wake_ = UvHandle<uv_async_t>(new uv_async_t());
    uv_async_init(context_.loop, wake_.get(), [](uv_async_t* handle) {
      // Not a use of the app: giving memory back has tasks of its own.
      auto* slot = static_cast<AppSlot*>(handle->data);
      if (slot->isolate_ == nullptr) return;
      const AppFaults::Running running = slot->MarkRunning();
      slot->isolate_->RunTasks();
      if (slot->isolate_->dead()) slot->Retire();
    });
    wake_->data = this;
  }
  const AppFaults::Running running = MarkRunning();
  auto isolate = runtime::AppIsolate::Boot(
      {.image = &app_.image, .host = this, .env = app_.env, .memory_limit = app_.memory_limit});
  if (!isolate.ok()) {
    broken_ = true;
    context_.log->Write(runtime::LogLevel::kError, app_.name,
                        "cannot be served: " + isolate.error().ToString());
    return false;
  }
  isolate_ = std::move(isolate).value();
  ++context_.live_isolates;
  last_used_ = uv_now(context_.loop);
  if (!in_use_) TakeIntoUse();
  context_.retired.reset();
  return true;
}

void AppSlot::Retire() {
  uv_timer_stop(timer_.get());
  context_.log->Write(runtime::LogLevel::kWarn, app_.name,
                      "its isolate is thrown away; the next request boots another one");
  if (--context_.live_isolates == 0) {
    context_.retired = std::move(isolate_);
  } else {
    isolate_.reset();
  }
}

void AppSlot::TakeIntoUse() {
  in_use_ = true;
  context_.memory->Add(*this);
}

void AppSlot::ReleaseMemory() {
  const AppFaults::Running running = MarkRunning();
  in_use_ = false;
  if (isolate_ != nullptr) isolate_->ReleaseMemory();
  ReleasePages(app_.image.blob);
}

void AppSlot::ArmTimer(double delay_ms) {
  if (delay_ms < 0) {
    uv_timer_stop(timer_.get());
    return;
  }
  // The loop's clock stands still while the app runs, and libuv counts from there.
  uv_update_time(context_.loop);
  const double delay = std::ceil(std::min(delay_ms, kLongestDelayMs));
  uv_timer_start(
      timer_.get(),
      [](uv_timer_t* handle) {
        static_cast<AppSlot*>(handle->data)->Enter([](auto& isolate) { isolate.FireTimers(); });
      },
      static_cast<uint64_t>(delay), 0);
}

void AppSlot::Wake() { uv_async_send(wake_.get()); }

void AppSlot::Log(runtime::LogLevel level, std::string_view text) {
  std::string mapped = runtime::MapStack(text, app_.script_name, source_map_);
  runtime::DropRuntimeTail(mapped);
  context_.log->Write(level, app_.name, mapped);
}

}  // namespace nano::server

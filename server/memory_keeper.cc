// Looks for idle isolates. See memory_keeper.h for ownership and threads.
#include "server/memory_keeper.h"

#include "server/app_slot.h"

namespace nano::server {

MemoryKeeper::MemoryKeeper(uv_loop_t* loop)
    : loop_(loop), timer_(MakeUvHandle<uv_timer_t>(uv_timer_init, loop)) {
  timer_->data = this;
}

void MemoryKeeper::Add(AppSlot& slot) {
  in_use_.push_back(&slot);
  if (uv_is_active(reinterpret_cast<uv_handle_t*>(timer_.get()))) return;
  uv_timer_start(
      timer_.get(), [](uv_timer_t* timer) { static_cast<MemoryKeeper*>(timer->data)->Look(); },
      kIdleMs, kPeriodMs);
}

void MemoryKeeper::Look() {
  const uint64_t now = uv_now(loop_);
  const uint64_t end = uv_hrtime() + kBudgetNs;
  for (size_t i = 0; i < in_use_.size();) {
    AppSlot* slot = in_use_[i];
    if (now - slot->last_used() < kIdleMs) {
      ++i;
      continue;
    }
    in_use_[i] = in_use_.back();
    in_use_.pop_back();
    slot->ReleaseMemory();
    if (uv_hrtime() >= end) break;
  }
  if (in_use_.empty()) uv_timer_stop(timer_.get());
}

}  // namespace nano::server

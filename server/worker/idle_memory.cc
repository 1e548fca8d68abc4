// Looks for idle isolates. See idle_memory.h for ownership and threads.
#include "server/worker/idle_memory.h"

#include "server/worker/app_slot.h"

namespace nano::server {

IdleMemory::IdleMemory(uv_loop_t* loop) : loop_(loop), timer_(loop, [this] { Look(); }) {}

void IdleMemory::Add(AppSlot& slot) {
  in_use_.push_back(&slot);
  if (!timer_.active()) timer_.Start(kIdleMs, kPeriodMs);
}

void IdleMemory::Remove(AppSlot& slot) {
  std::erase(in_use_, &slot);
  if (in_use_.empty()) timer_.Stop();
}

void IdleMemory::Look() {
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
  if (in_use_.empty()) timer_.Stop();
}

}  // namespace nano::server

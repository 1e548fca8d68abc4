// Looks for isolates that can go. See residents.h for ownership and threads.
#include "server/worker/residents.h"

#include <malloc.h>

#include <algorithm>
#include <utility>

#include "runtime/watchdog.h"
#include "server/worker/app_slot.h"

namespace nano::server {

Residents::Residents(uv_loop_t* loop, Log& log, Options options)
    : loop_(loop),
      log_(log),
      options_(std::move(options)),
      ceiling_(options_.system),
      idle_timer_(loop, [this] { LookForIdle(); }),
      memory_timer_(loop, [this] { LookAtMemory(); }),
      trim_timer_(loop, [] { malloc_trim(0); }) {}

bool Residents::MakeRoom() {
  if (options_.memory != 0) EvictForMemory();
  if (ceiling_.Take()) return true;
  size_t evicted = 0;
  while (evicted < kAtCeiling && EvictLeastRecent(Eviction::kCeiling)) ++evicted;
  return evicted != 0 && ceiling_.Take();
}

void Residents::Add(AppSlot& slot) {
  slots_.push_back(&slot);
  retired_.reset();
  if (options_.memory != 0 && !memory_timer_.active()) {
    memory_timer_.Start(kMemoryPeriodMs, kMemoryPeriodMs);
  }
  LookAfter(static_cast<uint64_t>(slot.terms().idle.count()));
}

void Residents::OnIdleChanged(const AppSlot& slot) {
  if (slot.terms().idle.count() != 0) LookAfter(kLeastIdleMs);
}

// Unless it does earlier.
void Residents::LookAfter(uint64_t ms) {
  if (ms == 0) return;
  const uint64_t at = uv_now(loop_) + ms;
  if (idle_timer_.active() && idle_at_ <= at) return;
  idle_at_ = at;
  idle_timer_.Start(ms);
}

// A third of an isolate is from malloc, whose heap shrinks at its end only, unless it is told.
void Residents::Remove(AppSlot& slot) {
  std::erase(slots_, &slot);
  TrimSoon();
}

void Residents::TrimSoon() {
  if (!trim_timer_.active()) trim_timer_.Start(kTrimMs);
}

void Residents::CollectGarbage() {
  const uint64_t end = uv_hrtime() + kBudgetNs;
  const std::vector<AppSlot*> slots = slots_;
  for (size_t i = 0; i < slots.size() && uv_hrtime() < end; ++i) {
    AppSlot* const slot = slots[next_collected_++ % slots.size()];
    if (slot->held()) slot->CollectGarbage();
  }
}

void Residents::Keep(RetiredIsolate retired) {
  const runtime::AppIsolate::Usage usage = retired.isolate->usage();
  if (!slots_.empty() || usage.heap_bytes + usage.external_bytes > kLargestKept) return;
  retired_.emplace(std::move(retired));
}

void Residents::Forget(const AppVersion& version) {
  if (retired_ && retired_->version.get() == &version) retired_.reset();
}

void Residents::LookForIdle() {
  const uint64_t now = uv_now(loop_);
  const uint64_t end = uv_hrtime() + kBudgetNs;
  uint64_t next = UINT64_MAX;
  const std::vector<AppSlot*> slots = slots_;
  for (AppSlot* slot : slots) {
    const auto idle = static_cast<uint64_t>(slot->terms().idle.count());
    if (idle == 0) continue;
    if (slot->held()) slot->StillAsked(now);
    const uint64_t at = slot->last_asked() + idle;
    if (at > now) {
      next = std::min(next, at);
    } else if (slots_.size() == 1) {
      next = std::min(next, now + idle);
    } else if (uv_hrtime() >= end) {
      next = now;
    } else {
      slot->Evict(Eviction::kIdle);
    }
  }
  if (next == UINT64_MAX) return;
  idle_at_ = std::max(next, now + kLeastIdleMs);
  idle_timer_.Start(idle_at_ - now);
}

bool Residents::EvictLeastRecent(Eviction reason) {
  AppSlot* least = nullptr;
  for (AppSlot* slot : slots_) {
    if (least != nullptr && slot->last_asked() >= least->last_asked()) continue;
    if (!slot->held()) least = slot;
  }
  if (least == nullptr) return false;
  least->Evict(reason);
  return true;
}

void Residents::EvictForMemory() {
  const uint64_t end = uv_hrtime() + kBudgetNs;
  uint64_t evicted = 0;
  while (options_.used() > options_.memory) {
    if (std::exchange(retired_, std::nullopt)) continue;
    if (!EvictLeastRecent(Eviction::kMemory)) break;
    ++evicted;
    if (uv_hrtime() >= end) break;
  }
  if (evicted == 0) return;
  untold_ += evicted;
  LogEvictions();
}

// With a thousand apps that take turns, isolates go all the time.
void Residents::LogEvictions() {
  const uint64_t now = uv_now(loop_);
  if (told_ms_ != 0 && now - told_ms_ < kLogPeriodMs) return;
  told_ms_ = now;
  log_.Write(LogLevel::kInfo, {},
             "isolates that nobody needed were given up, the least recently used first: the worker "
             "has as much memory as it may (`server.memory`)",
             {{"count", static_cast<int64_t>(std::exchange(untold_, 0))},
              {"limit", static_cast<int64_t>(options_.memory)},
              {"isolates", static_cast<int64_t>(slots_.size())}});
}

void Residents::LookAtMemory() {
  runtime::NoteMemoryLook();
  EvictForMemory();
  const uint64_t used = options_.used();
  if (used <= CeilingOf(options_.memory)) {
    collected_ = false;
    return;
  }
  RelieveMemory(used);
}

// All isolates are in use, or what has the memory is none of them.
void Residents::RelieveMemory(uint64_t used) {
  AppSlot* const largest = Largest();
  if (largest != nullptr && !std::exchange(collected_, true)) {
    largest->ReleaseMemory();
  } else if (largest != nullptr) {
    last_stopped_ = largest->version().id;
    largest->StopFor(
        {.reason = runtime::StopReason::kProcessMemory, .limit = options_.memory, .used = used});
    retired_.reset();
    collected_ = false;
  } else {
    malloc_trim(0);
    if (options_.used() > CeilingOf(options_.memory)) options_.exhausted(last_stopped_, used);
  }
}

AppSlot* Residents::Largest() const {
  const auto bytes = [](const AppSlot* slot) {
    const VersionStatus status = slot->Status();
    return status.heap_bytes + status.external_bytes;
  };
  AppSlot* largest = nullptr;
  uint64_t most = 0;
  for (AppSlot* slot : slots_) {
    const uint64_t has = bytes(slot);
    if (largest == nullptr || has > most) {
      largest = slot;
      most = has;
    }
  }
  return largest;
}

}  // namespace nano::server

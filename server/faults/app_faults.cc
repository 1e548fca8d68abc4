// Keeps records in shared memory. See app_faults.h for ownership and threads.
#include "server/faults/app_faults.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

#include "base/check.h"

namespace nano::server {

// A cache line each: workers write them with every request.
struct alignas(64) AppFaults::WorkerRecord {
  std::atomic<size_t> running{0};  // The app's index + 1; 0: none.
};

struct AppFaults::AppRecord {
  std::atomic<uint64_t> refused_until_ms{0};
  std::atomic<bool> blamed{false};
};

AppFaults::AppFaults(std::vector<std::string> apps, size_t workers) {
  static_assert(std::atomic<size_t>::is_always_lock_free);
  static_assert(std::atomic<uint64_t>::is_always_lock_free);
  bytes_ = workers * sizeof(WorkerRecord) + apps.size() * sizeof(AppRecord);
  void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  NANO_CHECK(memory != MAP_FAILED);
  workers_ = static_cast<WorkerRecord*>(memory);
  std::uninitialized_default_construct_n(workers_, workers);
  records_ = reinterpret_cast<AppRecord*>(workers_ + workers);
  std::uninitialized_default_construct_n(records_, apps.size());
  apps_.reserve(apps.size());
  for (std::string& name : apps) apps_.push_back({.name = std::move(name)});
}

AppFaults::~AppFaults() { munmap(workers_, bytes_); }

AppFaults::Running::Running(AppFaults& faults, size_t worker, size_t app)
    : faults_(faults), worker_(worker) {
  faults_.workers_[worker_].running.store(app + 1, std::memory_order_relaxed);
}

AppFaults::Running::~Running() {
  faults_.workers_[worker_].running.store(0, std::memory_order_relaxed);
}

std::optional<size_t> AppFaults::TakeRunning(size_t worker) {
  const size_t running = workers_[worker].running.exchange(0, std::memory_order_relaxed);
  if (running == 0) return std::nullopt;
  return running - 1;
}

uint64_t AppFaults::Blame(size_t app, uint64_t now_ms) {
  App& account = apps_[app];
  AppRecord& record = records_[app];
  record.blamed.store(true, std::memory_order_relaxed);
  if (now_ms >= account.forget_ms) account.deaths = 0;
  ++account.deaths;
  uint64_t delay = 0;
  if (account.deaths >= kTolerated) {
    delay = kFirstDelayMs;
    for (uint32_t death = kTolerated; death < account.deaths && delay < kMaxDelayMs; ++death) {
      delay *= 2;
    }
    delay = std::min(delay, kMaxDelayMs);
    record.refused_until_ms.store(now_ms + delay, std::memory_order_relaxed);
  }
  account.forget_ms = now_ms + delay + kMemoryMs;
  return delay;
}

bool AppFaults::blamed(size_t app) const {
  return records_[app].blamed.load(std::memory_order_relaxed);
}

uint64_t AppFaults::RefusedFor(size_t app, uint64_t now_ms) const {
  const uint64_t until = records_[app].refused_until_ms.load(std::memory_order_relaxed);
  return until > now_ms ? until - now_ms : 0;
}

}  // namespace nano::server

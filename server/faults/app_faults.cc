// Keeps records in shared memory. See app_faults.h for ownership and threads.
#include "server/faults/app_faults.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <type_traits>
#include <utility>

#include "base/check.h"

namespace nano::server {

// A cache line each: workers write them with every request.
struct alignas(64) AppFaults::WorkerRecord {
  std::atomic<uint32_t> running{0};  // The id of a version; 0: none.
  std::atomic<uint32_t> ended{0};    // 1 and the Reason of End; 0: there is none. Written last.
  std::atomic<uint64_t> end_limit{0}, end_used{0}, end_unread{0};
};

struct AppFaults::VersionRecord {
  std::atomic<uint64_t> refused_until_ms{0};
  std::atomic<bool> blamed{false};
};

AppFaults::VersionRecord& AppFaults::RecordOf(uint32_t version) const {
  return records_[version % kVersions];
}

AppFaults::AppFaults(size_t workers) {
  static_assert(std::atomic<uint32_t>::is_always_lock_free);
  static_assert(std::atomic<uint64_t>::is_always_lock_free);
  static_assert(std::is_trivially_destructible_v<VersionRecord>);
  bytes_ = workers * sizeof(WorkerRecord) + kVersions * sizeof(VersionRecord);
  void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  NANO_CHECK(memory != MAP_FAILED);
  workers_ = static_cast<WorkerRecord*>(memory);
  std::uninitialized_default_construct_n(workers_, workers);
  // All zeros, as a record is: a page is the process's when a version in it is first blamed.
  records_ = reinterpret_cast<VersionRecord*>(workers_ + workers);
}

AppFaults::~AppFaults() { munmap(workers_, bytes_); }

AppFaults::Running::Running(AppFaults& faults, size_t worker, uint32_t version)
    : faults_(faults), worker_(worker) {
  faults_.workers_[worker_].running.store(version, std::memory_order_relaxed);
}

AppFaults::Running::~Running() {
  faults_.workers_[worker_].running.store(0, std::memory_order_relaxed);
}

void AppFaults::NoteEnd(size_t worker, const End& end) {
  WorkerRecord& record = workers_[worker];
  record.end_limit.store(end.limit, std::memory_order_relaxed);
  record.end_used.store(end.used, std::memory_order_relaxed);
  record.end_unread.store(end.unread, std::memory_order_relaxed);
  record.ended.store(1 + static_cast<uint32_t>(end.reason), std::memory_order_release);
}

std::optional<AppFaults::End> AppFaults::TakeEnd(size_t worker) {
  WorkerRecord& record = workers_[worker];
  const uint32_t ended = record.ended.exchange(0, std::memory_order_acquire);
  if (ended == 0 || ended > kReasons) return std::nullopt;
  return End{.reason = static_cast<Reason>(ended - 1),
             .limit = record.end_limit.load(std::memory_order_relaxed),
             .used = record.end_used.load(std::memory_order_relaxed),
             .unread = record.end_unread.load(std::memory_order_relaxed)};
}

std::optional<uint32_t> AppFaults::RunningIn(size_t worker) const {
  const uint32_t running = workers_[worker].running.load(std::memory_order_relaxed);
  if (running == 0) return std::nullopt;
  return running;
}

std::optional<uint32_t> AppFaults::TakeRunning(size_t worker) {
  const uint32_t running = workers_[worker].running.exchange(0, std::memory_order_relaxed);
  if (running == 0) return std::nullopt;
  return running;
}

void AppFaults::Admit(uint32_t version, const std::string& name) {
  accounts_.try_emplace(version, Account{.name = name});
}

void AppFaults::Forget(uint32_t version) {
  if (accounts_.erase(version) == 0 || !blamed(version)) return;
  RecordOf(version).blamed.store(false, std::memory_order_relaxed);
  RecordOf(version).refused_until_ms.store(0, std::memory_order_relaxed);
}

uint64_t AppFaults::Blame(uint32_t version, Death death) {
  const auto known = accounts_.find(version);
  if (known == accounts_.end()) return 0;
  Account& account = known->second;
  VersionRecord& record = RecordOf(version);
  record.blamed.store(true, std::memory_order_relaxed);
  if (death.now_ms >= account.forget_ms) account.deaths = 0;
  ++account.deaths;
  uint64_t delay = 0;
  if (account.deaths >= kTolerated) {
    delay = kFirstDelayMs;
    for (uint32_t past = kTolerated; past < account.deaths && delay < kMaxDelayMs; ++past) {
      delay *= 2;
    }
    delay = std::min(delay, kMaxDelayMs);
    record.refused_until_ms.store(death.now_ms + delay, std::memory_order_relaxed);
  }
  account.open_ms = delay;
  account.forget_ms = death.now_ms + delay + kMemoryMs;
  account.last = std::move(death);
  return delay;
}

bool AppFaults::TryAgain(uint32_t version, uint64_t now_ms) {
  const auto known = accounts_.find(version);
  if (known == accounts_.end() || RefusedFor(version, now_ms) == 0) return false;
  Account& account = known->second;
  account.open_ms = now_ms - account.last.now_ms;
  account.forget_ms = now_ms + kMemoryMs;
  RecordOf(version).refused_until_ms.store(now_ms, std::memory_order_relaxed);
  return true;
}

std::optional<Circuit> AppFaults::CircuitOf(uint32_t version, uint64_t now_ms) const {
  const auto known = accounts_.find(version);
  if (known == accounts_.end()) return std::nullopt;
  const Account& account = known->second;
  if (account.deaths == 0 || now_ms >= account.forget_ms) return std::nullopt;
  const auto time_of = [&account](uint64_t ms) {
    return account.last.time + static_cast<int64_t>(ms - account.last.now_ms);
  };
  const uint64_t tried_ms = account.last.now_ms + account.open_ms;
  Circuit circuit{.deaths = account.deaths,
                  .since = account.last.time,
                  .until = time_of(account.forget_ms),
                  .left_ms = account.forget_ms - now_ms,
                  .reason = account.last.reason,
                  .last = account.last.text};
  if (now_ms < tried_ms) {
    circuit.state = Circuit::State::kOpen;
    circuit.until = time_of(tried_ms);
    circuit.left_ms = tried_ms - now_ms;
  } else if (account.deaths >= kTolerated) {
    circuit.state = Circuit::State::kTrial;
    circuit.since = time_of(tried_ms);
  }
  return circuit;
}

bool AppFaults::blamed(uint32_t version) const {
  return RecordOf(version).blamed.load(std::memory_order_relaxed);
}

uint64_t AppFaults::RefusedFor(uint32_t version, uint64_t now_ms) const {
  const uint64_t until = RecordOf(version).refused_until_ms.load(std::memory_order_relaxed);
  return until > now_ms ? until - now_ms : 0;
}

const std::string& AppFaults::name(uint32_t version) const {
  static const std::string unknown;
  const auto account = accounts_.find(version);
  return account == accounts_.end() ? unknown : account->second.name;
}

}  // namespace nano::server

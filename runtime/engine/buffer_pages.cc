// Whose pages are reserved, committed and freed, beside the system's own allocator.
#include "runtime/engine/buffer_pages.h"

#include <algorithm>
#include <utility>

namespace nano::runtime {
namespace {

// What `committed` bytes of a buffer cost.
size_t ChargeOf(size_t committed) { return std::max(committed, BufferPages::kLeastCharge); }

bool IsBuffer(const void* wished, v8::PageAllocator::Permission permissions) {
  return permissions == v8::PageAllocator::kNoAccess && wished == nullptr;
}

}  // namespace

void BufferPages::Charge(v8::Isolate* isolate, std::shared_ptr<Account> account) {
  const std::lock_guard lock(mutex_);
  accounts_[isolate] = std::move(account);
}

void BufferPages::Forget(v8::Isolate* isolate) {
  const std::lock_guard lock(mutex_);
  accounts_.erase(isolate);
}

void* BufferPages::AllocatePages(void* address, size_t length, size_t alignment,
                                 Permission permissions) {
  const auto allocate = [&] {
    return system_.AllocatePages(address, length, alignment, permissions);
  };
  return IsBuffer(address, permissions) ? Reserve(length, allocate) : allocate();
}

void* BufferPages::AllocatePages(size_t length, size_t alignment, Permission permissions,
                                 AllocationHint hint) {
  const auto allocate = [&] { return system_.AllocatePages(length, alignment, permissions, hint); };
  return IsBuffer(hint.Address(), permissions) ? Reserve(length, allocate) : allocate();
}

template <typename Allocate>
void* BufferPages::Reserve(size_t length, Allocate allocate) {
  v8::Isolate* const isolate = v8::Isolate::TryGetCurrent();
  std::shared_ptr<Account> account;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = accounts_.find(isolate); found != accounts_.end()) {
      account = found->second;
    }
  }
  if (account == nullptr) return allocate();
  // Without the lock: an account may have V8 collect, and so free, others.
  if (!account->Admit(kLeastCharge)) return nullptr;
  void* const pages = allocate();
  if (pages == nullptr) {
    account->Release(kLeastCharge);
    return nullptr;
  }
  const auto begin = reinterpret_cast<uintptr_t>(pages);
  const std::lock_guard lock(mutex_);
  reservations_[begin] = {begin, length, 0, std::move(account)};
  count_.store(reservations_.size(), std::memory_order_release);
  return pages;
}

BufferPages::Reservations::iterator BufferPages::Find(uintptr_t address) {
  auto next = reservations_.upper_bound(address);
  if (next == reservations_.begin()) return reservations_.end();
  --next;
  return address - next->second.begin < next->second.length ? next : reservations_.end();
}

bool BufferPages::SetPermissions(void* address, size_t length, Permission permissions) {
  if (count_.load(std::memory_order_acquire) == 0) {
    return system_.SetPermissions(address, length, permissions);
  }
  if (permissions == kNoAccess) {
    if (!system_.SetPermissions(address, length, permissions)) return false;
    Shrink(reinterpret_cast<uintptr_t>(address));
    return true;
  }
  const auto begin = reinterpret_cast<uintptr_t>(address);
  std::shared_ptr<Account> account;
  size_t more = 0;
  uintptr_t end = 0;  // Of what was committed.
  {
    const std::lock_guard lock(mutex_);
    const auto found = Find(begin);
    if (found != reservations_.end()) {
      Reservation& buffer = found->second;
      end = buffer.begin + buffer.committed;
      const size_t wanted = std::max(begin - buffer.begin + length, buffer.committed);
      more = ChargeOf(wanted) - ChargeOf(buffer.committed);
      buffer.committed = wanted;
      account = buffer.account;
    }
  }
  if (more != 0) account->Grow(more);
  if (system_.SetPermissions(address, length, permissions)) return true;
  if (more != 0) Shrink(end);
  return false;
}

// The buffer has lost what it has from the address on.
void BufferPages::Shrink(uintptr_t address) {
  const std::lock_guard lock(mutex_);
  const auto found = Find(address);
  if (found == reservations_.end()) return;
  Reservation& buffer = found->second;
  const size_t left = address - buffer.begin;
  if (left >= buffer.committed) return;
  buffer.account->Release(ChargeOf(buffer.committed) - ChargeOf(left));
  buffer.committed = left;
}

bool BufferPages::DecommitPages(void* address, size_t size) {
  if (!system_.DecommitPages(address, size)) return false;
  if (count_.load(std::memory_order_acquire) != 0) {
    Shrink(reinterpret_cast<uintptr_t>(address));
  }
  return true;
}

bool BufferPages::FreePages(void* address, size_t length) {
  Reservations::node_type freed;
  if (count_.load(std::memory_order_acquire) != 0) {
    // Before the system may give the same place to another one.
    const std::lock_guard lock(mutex_);
    freed = reservations_.extract(reinterpret_cast<uintptr_t>(address));
    count_.store(reservations_.size(), std::memory_order_release);
  }
  const bool done = system_.FreePages(address, length);
  if (!freed.empty()) freed.mapped().account->Release(ChargeOf(freed.mapped().committed));
  return done;
}

bool BufferPages::ResizeAllocationAt(void* address, size_t old_length, size_t new_length,
                                     Permission permissions) {
  return system_.ResizeAllocationAt(address, old_length, new_length, permissions);
}

bool BufferPages::ReleasePages(void* address, size_t length, size_t new_length) {
  return system_.ReleasePages(address, length, new_length);
}

bool BufferPages::RecommitPages(void* address, size_t length, Permission permissions) {
  return system_.RecommitPages(address, length, permissions);
}

bool BufferPages::DiscardSystemPages(void* address, size_t size) {
  return system_.DiscardSystemPages(address, size);
}

bool BufferPages::SealPages(void* address, size_t length) {
  return system_.SealPages(address, length);
}

bool BufferPages::ReserveForSharedMemoryMapping(void* address, size_t size) {
  return system_.ReserveForSharedMemoryMapping(address, size);
}

std::unique_ptr<v8::PageAllocator::SharedMemory> BufferPages::AllocateSharedPages(
    size_t length, const void* original) {
  return system_.AllocateSharedPages(length, original);
}

}  // namespace nano::runtime

// Pages of numbers. See epochs.h for ownership and threads.
#include "storage/cache/epochs.h"

#include <sys/mman.h>

#include "base/check.h"

namespace nano::cache {

// Anonymous memory is zeros, which is what each number begins as: nothing is written before it is
// needed.
Epochs::Epochs() {
  static_assert(std::atomic<uint32_t>::is_always_lock_free);
  static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t));
  void* memory = mmap(nullptr, kNumbers * sizeof(uint32_t), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  NANO_CHECK(memory != MAP_FAILED);
  numbers_ = static_cast<std::atomic<uint32_t>*>(memory);
}

Epochs::~Epochs() { munmap(numbers_, kNumbers * sizeof(uint32_t)); }

void Epochs::RaiseAll() {
  for (size_t i = 0; i < kNumbers; ++i) numbers_[i].fetch_add(1, std::memory_order_release);
}

void Epochs::Seal() { NANO_CHECK(mprotect(numbers_, kNumbers * sizeof(uint32_t), PROT_READ) == 0); }

}  // namespace nano::cache

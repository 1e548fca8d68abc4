// Pages for a number each. See reminders.h for ownership and threads.
#include "server/control/reminders.h"

#include <sys/mman.h>

#include <memory>

#include "base/check.h"

namespace nano::server {

Reminders::Reminders(size_t workers) : bytes_(workers * sizeof(Mark)) {
  static_assert(std::atomic<uint64_t>::is_always_lock_free);
  void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  NANO_CHECK(memory != MAP_FAILED);
  marks_ = static_cast<Mark*>(memory);
  std::uninitialized_default_construct_n(marks_, workers);
}

Reminders::~Reminders() { munmap(marks_, bytes_); }

}  // namespace nano::server

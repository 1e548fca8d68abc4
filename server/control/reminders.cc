// A page for one number. See reminder.h for ownership and threads.
#include "server/control/reminder.h"

#include <sys/mman.h>

#include <memory>

#include "base/check.h"

namespace nano::server {

Reminder::Reminder() {
  static_assert(std::atomic<uint64_t>::is_always_lock_free);
  void* memory = mmap(nullptr, sizeof(std::atomic<uint64_t>), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  NANO_CHECK(memory != MAP_FAILED);
  release_ = std::construct_at(static_cast<std::atomic<uint64_t>*>(memory), 0u);
}

Reminder::~Reminder() { munmap(release_, sizeof(std::atomic<uint64_t>)); }

}  // namespace nano::server

// A page or two. See run_marks.h for ownership and threads.
#include "server/control/run_marks.h"

#include <sys/mman.h>

#include <new>

#include "base/check.h"

namespace nano::server {

RunMarks::RunMarks() {
  static_assert(std::atomic<uint64_t>::is_always_lock_free);
  // All zeroes, as the system gives it: nobody pays for marks that nobody sets.
  void* memory =
      mmap(nullptr, sizeof(Marks), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  NANO_CHECK(memory != MAP_FAILED);
  marks_ = static_cast<Marks*>(memory);
}

RunMarks::~RunMarks() { munmap(marks_, sizeof(Marks)); }

}  // namespace nano::server

// The last steps of a process. See runtime/process_end.h.
#include "runtime/process_end.h"

#include <unistd.h>

#include <atomic>

#include "base/check.h"

namespace nano::runtime {
namespace {

struct Registered {
  BeforeProcessEnd before;
  void* context;
};
// Set while the watchdog and V8's threads run already.
std::atomic<const Registered*> registered{nullptr};

}  // namespace

void SetBeforeProcessEnd(BeforeProcessEnd before, void* context) {
  static Registered only;
  NANO_CHECK(registered.load(std::memory_order_relaxed) == nullptr);
  only = {before, context};
  registered.store(&only, std::memory_order_release);
}

void EndProcess(int status, const Stop& stop) {
  const Registered* const end = registered.load(std::memory_order_acquire);
  if (end != nullptr) end->before(end->context, stop);
  _exit(status);
}

}  // namespace nano::runtime

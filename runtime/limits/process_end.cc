// The last steps of a process. See runtime/process_end.h.
#include "runtime/process_end.h"

#include <unistd.h>

namespace nano::runtime {
namespace {

// Set before other threads are there.
BeforeProcessEnd before_end = nullptr;
void* before_end_context = nullptr;

}  // namespace

void SetBeforeProcessEnd(BeforeProcessEnd before, void* context) {
  before_end = before;
  before_end_context = context;
}

void EndProcess(int status, const Stop& stop) {
  if (before_end != nullptr) before_end(before_end_context, stop);
  _exit(status);
}

}  // namespace nano::runtime

// See heap_limit.h.
#include "runtime/limits/heap_limit.h"

#include <unistd.h>

#include "runtime/app_isolate.h"
#include "runtime/isolate/isolate_state.h"

namespace nano::runtime {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

// Room for what is restored: what does not fit fails soon enough.
constexpr size_t kMostSnapshot = 4096 * kMiB;

// V8 is about to give up on the heap: stop the app and leave it room to unwind. Optimised loops may
// lack the check that would stop them; an app that eats up all that room brings its process down
// before the machine's memory is gone, and the supervisor starts another one.
size_t StopApp(void* data, size_t current, size_t) {
  constexpr size_t kRoomToUnwind = 16 * kMiB;
  constexpr size_t kMostRoom = 64 * kMiB;
  auto* isolate = static_cast<v8::Isolate*>(data);
  IsolateState& state = IsolateState::Of(isolate);
  if (current >= state.heap_bound + kMostRoom) {
    state.host->Log(LogLevel::kError,
                    "the app passed its memory limit and could not be stopped; this process ends");
    _exit(kExitOutOfMemory);
  }
  state.terminated = true;
  isolate->TerminateExecution();
  return current + kRoomToUnwind;
}

v8::ResourceConstraints Constraints(size_t bytes) {
  v8::ResourceConstraints constraints;
  constraints.ConfigureDefaultsFromHeapSize(0, bytes);
  return constraints;
}

std::string Mebibytes(size_t bytes) { return std::to_string((bytes + kMiB - 1) / kMiB) + " MiB"; }

// The lowest bound with which an app whose snapshot takes `used` bytes has a quarter of that to run
// on.
size_t EnoughFor(size_t used) {
  const size_t wanted = used + used / 4;
  size_t bytes = wanted / kMiB * kMiB;
  while (Constraints(bytes).max_old_generation_size_in_bytes() < wanted) bytes += kMiB;
  return bytes;
}

}  // namespace

std::string HeapLimit::text() const { return Mebibytes(bytes_); }

void HeapLimit::Configure(v8::ResourceConstraints& constraints, size_t blob_bytes) {
  if (bytes_ == 0) return;
  constraints = Constraints(bytes_);
  old_generation_ = constraints.max_old_generation_size_in_bytes();
  // No callback can raise the bound while the part of the blob is read that contexts share, which
  // is strings and code.
  const size_t room = 4 * blob_bytes + 16 * kMiB;
  raised_ = old_generation_ < room;
  if (raised_) constraints.set_max_old_generation_size_in_bytes(room);
}

void HeapLimit::BeginRestoring(v8::Isolate* isolate) {
  isolate->AddNearHeapLimitCallback(GrowWhileRestoring, this);
}

size_t HeapLimit::GrowWhileRestoring(void* data, size_t current, size_t) {
  static_cast<HeapLimit*>(data)->raised_ = true;
  return current + kMostSnapshot;
}

Result<void> HeapLimit::Enforce(v8::Isolate* isolate) {
  const bool lower = bytes_ != 0 && raised_;
  isolate->RemoveNearHeapLimitCallback(GrowWhileRestoring, lower ? old_generation_ : 0);
  isolate->AddNearHeapLimitCallback(StopApp, isolate);
  v8::HeapStatistics statistics;
  isolate->GetHeapStatistics(&statistics);
  IsolateState::Of(isolate).heap_bound =
      bytes_ != 0 ? old_generation_ : statistics.heap_size_limit();
  if (!lower) return {};
  const size_t used = statistics.used_heap_size();
  if (used < old_generation_) return {};
  return Error{"the app's snapshot alone takes " + Mebibytes(used) +
                   " of V8 heap, more than its `limits.memory` of " + text() + " allows",
               "",
               "Set `limits.memory` to " + std::to_string(EnoughFor(used) / kMiB) +
                   "MiB or more, or keep less at the app's top level and build it again."};
}

}  // namespace nano::runtime

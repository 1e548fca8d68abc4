// The bound in V8's terms: constraints, a callback near them, and an app that does not stop.
#include "runtime/limits/heap_limit.h"

#include <unistd.h>

#include <string>

#include "runtime/limits/size_text.h"

namespace nano::runtime {
namespace {

// Room for what is restored: what does not fit fails soon enough.
constexpr size_t kMostSnapshot = 4096 * kMiB;
// Room for the part of a blob that all contexts share, beside four times its size.
constexpr size_t kRoomForShared = 16 * kMiB;

// What an app that was stopped gets to unwind, each time, and in all before its process ends.
constexpr size_t kRoomToUnwind = 16 * kMiB;
constexpr size_t kMostRoom = 64 * kMiB;

v8::ResourceConstraints Constraints(size_t bytes) {
  v8::ResourceConstraints constraints;
  constraints.ConfigureDefaultsFromHeapSize(0, bytes);
  return constraints;
}

// The lowest bound with which an app whose snapshot takes `used` bytes has a quarter of that to run
// on.
size_t EnoughFor(size_t used) {
  const size_t wanted = used + used / 4;
  size_t bytes = wanted / kMiB * kMiB;
  while (Constraints(bytes).max_old_generation_size_in_bytes() < wanted) bytes += kMiB;
  return bytes;
}

}  // namespace

void HeapLimit::Configure(v8::ResourceConstraints& constraints, size_t blob_bytes) {
  if (bytes_ == 0) return;
  constraints = Constraints(bytes_);
  old_generation_ = constraints.max_old_generation_size_in_bytes();
  // No callback can raise the bound while the part of the blob is read that contexts share, which
  // is strings and code.
  const size_t room = 4 * blob_bytes + kRoomForShared;
  raised_ = old_generation_ < room;
  if (raised_) constraints.set_max_old_generation_size_in_bytes(room);
}

void HeapLimit::BeginRestoring(v8::Isolate* isolate) {
  isolate_ = isolate;
  isolate->AddNearHeapLimitCallback(GrowWhileRestoring, this);
}

size_t HeapLimit::GrowWhileRestoring(void* data, size_t current, size_t) {
  static_cast<HeapLimit*>(data)->raised_ = true;
  return current + kMostSnapshot;
}

// V8 is about to give up on the heap: stop the app and leave it room to unwind. Optimised loops may
// lack the check that would stop them; an app that eats up all that room brings its process down
// before the machine's memory is gone, and the supervisor starts another one.
size_t HeapLimit::StopApp(void* data, size_t current, size_t) {
  auto& self = *static_cast<HeapLimit*>(data);
  if (current >= self.old_generation_ + kMostRoom) {
    self.log_.Log(LogLevel::kError,
                  "the app passed its memory limit and could not be stopped; this process ends");
    _exit(kExitOutOfMemory);
  }
  self.stop_.Turn(self.isolate_,
                  {.reason = StopReason::kMemory, .limit = self.bytes_, .used = current});
  return current + kRoomToUnwind;
}

Result<void> HeapLimit::Enforce() {
  v8::Isolate* const isolate = isolate_;
  const bool lower = bytes_ != 0 && raised_;
  isolate->RemoveNearHeapLimitCallback(GrowWhileRestoring, lower ? old_generation_ : 0);
  isolate->AddNearHeapLimitCallback(StopApp, this);
  v8::HeapStatistics statistics;
  isolate->GetHeapStatistics(&statistics);
  if (bytes_ == 0) old_generation_ = statistics.heap_size_limit();
  if (!lower) return {};
  const size_t used = statistics.used_heap_size();
  if (used < old_generation_) return {};
  return Error{"the app's snapshot alone takes " + Mebibytes(used) +
                   " of V8 heap, more than its `limits.memory` of " + Mebibytes(bytes_) + " allows",
               "",
               "Set `limits.memory` to " + std::to_string(EnoughFor(used) / kMiB) +
                   "MiB or more, or keep less at the app's top level and build it again."};
}

}  // namespace nano::runtime

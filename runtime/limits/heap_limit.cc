// The bound in V8's terms: constraints, a callback near them, and an app that does not stop.
#include "runtime/limits/heap_limit.h"

#include <algorithm>
#include <string>
#include <utility>

#include "runtime/limits/current_request.h"
#include "runtime/limits/size_text.h"
#include "runtime/limits/watch.h"
#include "runtime/process_end.h"

namespace nano::runtime {
namespace {

// Room for what is restored: what does not fit fails soon enough.
constexpr size_t kMostSnapshot = 4096 * kMiB;
// Room for the part of a blob that all contexts share, beside four times its size.
constexpr size_t kRoomForShared = 16 * kMiB;

// What an app that is being stopped gets beyond its bound: the largest of V8's objects, a list of
// 2^27 values or a string of 2^29 characters, and what it is made from.
constexpr size_t kRoomToStop = 1536 * kMiB;
// A heap of which this part is used after a collection is as good as full: V8 would do little but
// collect.
constexpr size_t kNearly = 4;
constexpr size_t kNearlyOf = 5;

// V8 would take its room for young objects out of the bound, which is most of a small one: what an
// app keeps is what it was promised.
v8::ResourceConstraints Constraints(size_t bytes) {
  v8::ResourceConstraints constraints;
  constraints.ConfigureDefaultsFromHeapSize(0, bytes);
  constraints.set_max_old_generation_size_in_bytes(bytes);
  return constraints;
}

// The lowest bound with which an app whose snapshot takes `used` bytes has a quarter of that to run
// on.
size_t EnoughFor(size_t used) {
  const size_t wanted = used + used / 4;
  return (wanted + kMiB - 1) / kMiB * kMiB;
}

}  // namespace

void HeapLimit::Configure(v8::ResourceConstraints& constraints, size_t blob_bytes) {
  if (bytes_ == 0) return;
  constraints = Constraints(bytes_);
  old_generation_ = constraints.max_old_generation_size_in_bytes();
  young_ = constraints.max_young_generation_size_in_bytes();
  // No callback can raise the bound while the part of the blob is read that contexts share, which
  // is strings and code.
  const size_t room = 4 * blob_bytes + kRoomForShared;
  constraints.set_max_old_generation_size_in_bytes(std::max(old_generation_, room));
}

void HeapLimit::BeginRestoring(v8::Isolate* isolate) {
  isolate_ = isolate;
  isolate->AddNearHeapLimitCallback(GrowWhileRestoring, this);
}

size_t HeapLimit::GrowWhileRestoring(void*, size_t current, size_t) {
  return current + kMostSnapshot;
}

size_t HeapLimit::Used() const {
  v8::HeapStatistics statistics;
  isolate_->GetHeapStatistics(&statistics);
  return statistics.used_heap_size();
}

Stop HeapLimit::StopAt(size_t used) const {
  return {.reason = StopReason::kMemory, .limit = bytes_, .used = used};
}

// V8 is about to give up on the heap, or on one allocation: also on one outside of the heap, for
// which it hopes to find garbage. It gets room until it looks whether the app is to stop. Some of
// its loops never do; an app that eats up all that room brings its process down before the
// machine's memory is gone, and the supervisor starts another one.
size_t HeapLimit::OnFull(void* data, size_t current, size_t) {
  auto& self = *static_cast<HeapLimit*>(data);
  const size_t most = self.old_generation_ + kRoomToStop;
  const size_t used = self.Used();
  if (used >= most / kNearlyOf * kNearly) {
    self.log_.Log(LogLevel::kError,
                  "the app passed its memory limit and could not be stopped; this process ends",
                  {});
    EndProcess(kExitOutOfMemory, self.StopAt(used));
  }
  if (used >= self.old_generation_ / kNearlyOf * kNearly) {
    self.raised_ = true;
    // Not traced here: optimised code that allocates has no record of where it is, and V8 ends the
    // process when it looks for one.
    // With what is asked for it would be at least that.
    self.stop_.TurnAndTrace(self.isolate_, self.StopAt(std::max(used, self.old_generation_)));
  } else if (!std::exchange(self.raised_, true)) {
    self.isolate_->RequestInterrupt(OnRaised, data);
  }
  return std::max(current, most);
}

void HeapLimit::OnCollected(v8::Isolate* isolate, v8::GCType, v8::GCCallbackFlags, void* data) {
  auto& self = *static_cast<HeapLimit*>(data);
  const size_t used = self.Used();
  if (self.raised_ && used > self.old_generation_) [[unlikely]] {
    self.stop_.TurnAndTrace(isolate, self.StopAt(used));
  }
  self.LookWhetherNear(used);
}

void HeapLimit::OnRaised(v8::Isolate* isolate, void* data) {
  auto& self = *static_cast<HeapLimit*>(data);
  if (self.stop_.stopped()) return;
  const size_t used = self.Used();
  if (used > self.old_generation_) {
    return self.stop_.TurnAndTrace(isolate, self.StopAt(used));
  }
  self.raised_ = false;
  isolate->RemoveNearHeapLimitCallback(OnFull, self.old_generation_);
  isolate->AddNearHeapLimitCallback(OnFull, data);
}

void HeapLimit::Look(v8::HeapStatistics& statistics) {
  if (bytes_ == 0 || statistics.used_heap_size() <= old_generation_ + young_) return;
  isolate_->LowMemoryNotification();
  const size_t used = Used();
  if (used > old_generation_) stop_.TurnAndTrace(isolate_, StopAt(used));
}

void HeapLimit::LookWhetherNear(size_t used) {
  const size_t warn_at = bytes_ / 100 * warn_at_;
  const bool near = warn_at != 0 && used >= warn_at;
  if (near && !near_ && !stop_.stopped()) {
    Stop stop = StopAt(used);
    const v8::HandleScope handles(isolate_);
    // Between two turns there is still what the last one has left.
    if (current_turn.inside.load(std::memory_order_relaxed) != nullptr) {
      TellRequest(isolate_, stop);
    }
    port_.OnNear(stop);
  }
  near_ = near;
}

Result<void> HeapLimit::Enforce() {
  v8::Isolate* const isolate = isolate_;
  isolate->RemoveNearHeapLimitCallback(GrowWhileRestoring, old_generation_);
  isolate->AddNearHeapLimitCallback(OnFull, this);
  isolate->AddGCEpilogueCallback(OnCollected, this, v8::kGCTypeMarkSweepCompact);
  v8::HeapStatistics statistics;
  isolate->GetHeapStatistics(&statistics);
  if (bytes_ == 0) {
    old_generation_ = statistics.heap_size_limit();
    return {};
  }
  const size_t used = statistics.used_heap_size();
  if (used < old_generation_) return {};
  return Error{"the app's snapshot alone takes " + Mebibytes(used) +
                   " of V8 heap, more than its `limits.memory` of " + Mebibytes(bytes_) + " allows",
               "",
               "Set `limits.memory` to " + std::to_string(EnoughFor(used) / kMiB) +
                   "MiB or more, or keep less at the app's top level and build it again."};
}

}  // namespace nano::runtime

// The allocator that counts, and the look at V8's count. See external_limit.h for threads.
#include "runtime/limits/external_limit.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "runtime/engine/platform.h"
#include "runtime/js/stack_text.h"
#include "runtime/limits/current_request.h"
#include "runtime/limits/size_text.h"

namespace nano::runtime {
namespace {

// How often V8 asks for the bytes of one buffer, and collects garbage in between.
constexpr int kAttempts = 4;
// Native code that makes buffers no larger than this cannot be refused; it gets one beyond the
// bound, of an app that is being stopped.
constexpr size_t kMostUnrefused = 16 * 1024;

}  // namespace

class ExternalLimit::Allocator final : public v8::ArrayBuffer::Allocator,
                                       public BufferPages::Account {
 public:
  explicit Allocator(size_t bytes) : limit_(bytes == 0 ? SIZE_MAX : bytes) {}

  size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  void Attach(ExternalLimit* owner) { owner_ = owner; }
  void Detach() { owner_ = nullptr; }

  void* Allocate(size_t length) override {
    return Admit(length) ? Counted(memory_->Allocate(length), length) : nullptr;
  }
  void* AllocateUninitialized(size_t length) override {
    return Admit(length) ? Counted(memory_->AllocateUninitialized(length), length) : nullptr;
  }
  // On any thread.
  void Free(void* data, size_t length) override {
    Release(length);
    memory_->Free(data, length);
  }

  bool Admit(size_t length) override {
    const size_t used = Add(length);
    if (Fits(used, length)) [[likely]] {
      refused_ = 0;
      return true;
    }
    if (Tolerate(used, length)) return true;
    Release(length);
    return false;
  }
  bool Take(size_t length) override {
    if (Fits(Add(length), length)) return true;
    Release(length);
    return false;
  }
  void Grow(size_t length) override {
    if (Fits(Add(length), length) || owner_ == nullptr || stopped_) return;
    Release(length);
    owner_->isolate_->LowMemoryNotification();
    const size_t used = Add(length);
    if (Fits(used, length)) return;
    owner_->StopHere(used);
    stopped_ = true;
  }
  // On any thread.
  void Release(size_t length) override { bytes_.fetch_sub(length, std::memory_order_relaxed); }

 private:
  size_t Add(size_t length) { return bytes_.fetch_add(length, std::memory_order_relaxed) + length; }
  bool Fits(size_t used, size_t length) const { return used <= limit_ && used >= length; }

  // Beyond the bound.
  bool Tolerate(size_t used, size_t length) {
    if (owner_ == nullptr || stopped_) return true;
    if (!owner_->stop_.stopped() && ++refused_ < kAttempts) return false;
    // V8 may collect garbage here, and so make what a stack is told by.
    owner_->StopHere(used);
    stopped_ = true;
    return length <= kMostUnrefused;
  }

  void* Counted(void* data, size_t length) {
    if (data == nullptr) Release(length);
    return data;
  }

  const std::unique_ptr<v8::ArrayBuffer::Allocator> memory_{NewDefaultAllocator()};
  const size_t limit_;
  std::atomic<size_t> bytes_{0};
  ExternalLimit* owner_ = nullptr;
  int refused_ = 0;  // Attempts in a row.
  // The app was refused, and is being stopped. What it asks for until V8 looks, which can take
  // thousands of turns of a loop, it gets: one that catches the error would make V8 collect again
  // each time, or copy a WebAssembly memory, and go on for longer than it may.
  bool stopped_ = false;
};

ExternalLimit::ExternalLimit(v8::Isolate* isolate, const Limits& limits, StopSwitch& stop,
                             StopPort& port)
    : isolate_(isolate),
      bytes_(limits.external_memory),
      warn_at_(limits.warn_at),
      stop_(stop),
      port_(port),
      allocator_(std::make_shared<Allocator>(bytes_)),
      icu_(isolate) {
  CurrentPlatform()->buffer_pages().Charge(isolate_, allocator_);
}

ExternalLimit::~ExternalLimit() {
  CurrentPlatform()->buffer_pages().Forget(isolate_);
  allocator_->Detach();
}

Result<void> ExternalLimit::Enforce() {
  allocator_->Attach(this);
  const size_t used = buffer_bytes();
  if (bytes_ == 0 || used < bytes_) return {};
  return Error{"the app's snapshot alone holds " + Mebibytes(used) +
                   " of buffers, more than its `limits.external_memory` of " + Mebibytes(bytes_) +
                   " allows",
               "",
               "Set `limits.external_memory` to " + std::to_string((used + used / 4) / kMiB + 1) +
                   "MiB or more, or keep less at the app's top level and build it again."};
}

std::shared_ptr<v8::ArrayBuffer::Allocator> ExternalLimit::allocator() const { return allocator_; }

std::shared_ptr<BufferPages::Account> ExternalLimit::account() const { return allocator_; }

size_t ExternalLimit::buffer_bytes() const { return allocator_->bytes(); }

Stop ExternalLimit::StopAt(size_t used) const {
  return {.reason = StopReason::kExternalMemory, .limit = bytes_, .used = used};
}

// Where the engine is in a state to tell what runs.
void ExternalLimit::StopHere(size_t used) {
  Stop stop = StopAt(used);
  const v8::HandleScope handles(isolate_);
  stop.stack = CurrentStack(isolate_);
  TellRequest(isolate_, stop);
  stop_.Turn(isolate_, std::move(stop));
}

void ExternalLimit::StopSoon(size_t used) { stop_.TurnAndTrace(isolate_, StopAt(used)); }

// What V8 was told of has buffers in it as well, but for those that it has no object of.
// (HeapStatistics::external_memory() is of buffers alone.)
size_t ExternalLimit::bytes() const {
  const int64_t told = isolate_->AdjustAmountOfExternalAllocatedMemory(0);
  return std::max(static_cast<size_t>(std::max<int64_t>(told, 0)), buffer_bytes());
}

void ExternalLimit::Look() {
  if (bytes_ == 0 || stop_.stopped()) return;
  icu_.Tell();
  size_t used = bytes();
  if (used > bytes_) [[unlikely]] {
    isolate_->LowMemoryNotification();
    icu_.Tell();
    used = bytes();
    if (used > bytes_) return StopSoon(used);
  }
  const size_t warn_at = bytes_ / 100 * warn_at_;
  const bool near = warn_at != 0 && used >= warn_at;
  if (near && !near_) {
    Stop stop = StopAt(used);
    const v8::HandleScope handles(isolate_);
    stop.stack = CurrentStack(isolate_);
    TellRequest(isolate_, stop);
    port_.OnNear(stop);
  }
  near_ = near;
}

}  // namespace nano::runtime

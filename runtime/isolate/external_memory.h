// Memory that native objects hold on behalf of JS objects. V8 is told how much it is, so that
// garbage is collected in time when a small JS object stands for much memory.
#pragma once

#include <v8.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace nano::runtime {

// One for each isolate. Thread: the isolate's.
class ExternalMemory {
  // The collector may destroy native objects on a thread of its own; V8 is told at the next
  // occasion.
  using Released = std::shared_ptr<std::atomic<int64_t>>;

 public:
  // What one native object holds. Resized on the isolate's thread, destroyed on any, also when the
  // isolate is gone.
  class Share {
   public:
    explicit Share(const ExternalMemory& memory) : released_(memory.released_) {}
    ~Share() { released_->fetch_add(bytes_, std::memory_order_relaxed); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

   private:
    friend class ExternalMemory;

    const Released released_;
    int64_t bytes_ = 0;
  };

  void Resize(v8::Isolate* isolate, Share& share, size_t bytes) const {
    const int64_t change = static_cast<int64_t>(bytes) - std::exchange(share.bytes_, bytes);
    Tell(isolate, change);
  }

  // Tells V8 of shares that were destroyed.
  void Settle(v8::Isolate* isolate) const { Tell(isolate, 0); }

 private:
  void Tell(v8::Isolate* isolate, int64_t change) const {
    change -= released_->exchange(0, std::memory_order_relaxed);
    if (change != 0) isolate->AdjustAmountOfExternalAllocatedMemory(change);
  }

  const Released released_ = std::make_shared<std::atomic<int64_t>>(0);
};

}  // namespace nano::runtime

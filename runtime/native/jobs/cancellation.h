// Tells work on other threads that nobody waits for its result any more. Thread: any.
#pragma once

#include <atomic>
#include <memory>

namespace nano::runtime {

// True from the source's end on.
class CancelToken {
 public:
  // Never cancelled.
  CancelToken() = default;
  bool cancelled() const { return flag_ != nullptr && flag_->load(std::memory_order_relaxed); }

 private:
  friend class CancelSource;
  explicit CancelToken(std::shared_ptr<const std::atomic<bool>> flag) : flag_(std::move(flag)) {}

  std::shared_ptr<const std::atomic<bool>> flag_;
};

class CancelSource {
 public:
  CancelSource() = default;
  ~CancelSource() {
    if (flag_ != nullptr) flag_->store(true, std::memory_order_relaxed);
  }
  CancelSource(const CancelSource&) = delete;
  CancelSource& operator=(const CancelSource&) = delete;

  // Its own thread only.
  CancelToken token() {
    if (flag_ == nullptr) flag_ = std::make_shared<std::atomic<bool>>(false);
    return CancelToken(flag_);
  }

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
};

}  // namespace nano::runtime

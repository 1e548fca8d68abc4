// Threads that work for the store: a few, whatever there is to do.
//
// Owns the threads, which end when it does, after what they have begun and what waits. Made in a
// process that forks no more. Thread-safe.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <iterator>
#include <mutex>
#include <thread>
#include <vector>

namespace nano::kv {

class WorkPool {
 public:
  explicit WorkPool(size_t threads);
  ~WorkPool();
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  void Post(std::function<void()> work);

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable work_is_there_;
  std::deque<std::function<void()>> work_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

// Does one thing after the other, on whatever thread of a pool is free. `work` is given what waits,
// up to so many; while there is more the line stands behind the pool's others again, so that none
// has a thread for itself. Owned by who posts; outlives what it was given.
template <typename Item>
class WorkLine {
 public:
  static constexpr size_t kMostAtOnce = 256;

  WorkLine(WorkPool& pool, std::function<void(std::vector<Item>)> work)
      : pool_(pool), work_(std::move(work)) {}
  // Waits for what is under way.
  ~WorkLine() {
    std::unique_lock lock(mutex_);
    rests_.wait(lock, [this] { return !running_; });
  }
  WorkLine(const WorkLine&) = delete;
  WorkLine& operator=(const WorkLine&) = delete;

  void Add(Item item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    if (running_) return;
    running_ = true;
    pool_.Post([this] { Run(); });
  }

 private:
  void Run() {
    std::vector<Item> items;
    {
      const std::lock_guard lock(mutex_);
      const size_t count = std::min(items_.size(), kMostAtOnce);
      const auto end = items_.begin() + static_cast<ptrdiff_t>(count);
      items.assign(std::move_iterator(items_.begin()), std::move_iterator(end));
      items_.erase(items_.begin(), end);
    }
    work_(std::move(items));
    const std::lock_guard lock(mutex_);
    if (!items_.empty()) return pool_.Post([this] { Run(); });
    running_ = false;
    // Under the lock: whoever destroys this wakes up when it is done with.
    rests_.notify_all();
  }

  WorkPool& pool_;
  const std::function<void(std::vector<Item>)> work_;
  std::mutex mutex_;
  std::condition_variable rests_;
  std::deque<Item> items_;
  bool running_ = false;
};

}  // namespace nano::kv

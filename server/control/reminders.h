// A mark for one worker, in memory that it shares with the supervisor: up to which release it is to
// follow before it begins another request. Set for a worker that nobody waits for, which may come
// to its connections before its channel. Looking costs a request one load.
//
// Owns the mapping, which a process that is forked later inherits. Thread: the main one of each
// process.
#pragma once

#include <atomic>
#include <cstdint>

namespace nano::server {

class Reminder {
 public:
  Reminder();
  ~Reminder();
  Reminder(const Reminder&) = delete;
  Reminder& operator=(const Reminder&) = delete;

  // In the supervisor: the worker has been told to serve the release of this number, not 0.
  void Set(uint64_t release) { release_->store(release, std::memory_order_release); }
  // In the worker: what was set, which is forgotten; 0: nothing.
  uint64_t Take() {
    if (release_->load(std::memory_order_relaxed) == 0) [[likely]] {
      return 0;
    }
    return release_->exchange(0, std::memory_order_acquire);
  }

 private:
  std::atomic<uint64_t>* release_;
};

}  // namespace nano::server

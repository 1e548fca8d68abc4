// A mark for each worker, in memory that all of them share with the supervisor: up to which release
// it is to follow before it begins another request. Set for a worker that nobody waits for, which
// may come to its connections before its channel. Looking costs a request one load.
//
// Owns the mapping, which processes that are forked later inherit. Thread: the main one of each
// process. Workers are slots.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace nano::server {

class Reminders {
 public:
  // For all there may ever be: at a server's start, for one that serves could not do without.
  explicit Reminders(size_t workers);
  ~Reminders();
  Reminders(const Reminders&) = delete;
  Reminders& operator=(const Reminders&) = delete;

  // In the supervisor: the worker has been told to serve the release of this number; 0: nothing, as
  // one that is about to be forked.
  void Set(size_t worker, uint64_t release) {
    marks_[worker].release.store(release, std::memory_order_release);
  }
  // In the worker: what was set, which is forgotten; 0: nothing.
  uint64_t Take(size_t worker) {
    std::atomic<uint64_t>& mark = marks_[worker].release;
    if (mark.load(std::memory_order_relaxed) == 0) [[likely]] {
      return 0;
    }
    return mark.exchange(0, std::memory_order_acquire);
  }

 private:
  // A cache line each: one that is set slows no other worker down.
  struct alignas(64) Mark {
    std::atomic<uint64_t> release{0};
  };

  size_t bytes_ = 0;
  Mark* marks_ = nullptr;
};

}  // namespace nano::server

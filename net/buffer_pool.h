// Spare byte buffers of one event loop. A connection borrows one while it has something to keep (a
// head that is not complete, answers that are not written) and gives it back, so that warm
// connections allocate nothing and idle ones hold nothing. Thread: the loop's own.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace nano::net {

class BufferPool {
 public:
  // An empty buffer, with capacity if one was given back before.
  std::string Take() {
    if (spare_.empty()) return {};
    std::string buffer = std::move(spare_.back());
    spare_.pop_back();
    return buffer;
  }

  // Empties `buffer`, also of its capacity.
  void Give(std::string& buffer) {
    if (buffer.capacity() <= kOwnStorage) {
      buffer.clear();
      return;
    }
    if (spare_.size() >= kSpare || buffer.capacity() > kLargest) {
      std::string().swap(buffer);
      return;
    }
    buffer.clear();
    spare_.push_back(std::move(buffer));
    buffer = std::string();
  }

 private:
  static constexpr size_t kOwnStorage = 15;       // What a std::string holds without allocating.
  static constexpr size_t kSpare = 16;            // Buffers kept.
  static constexpr size_t kLargest = 256 * 1024;  // Larger ones go back to the system.

  std::vector<std::string> spare_;
};

}  // namespace nano::net

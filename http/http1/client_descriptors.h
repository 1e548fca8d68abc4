// Which descriptors are clients' connections, for who has to tell from another thread what is lost
// with them, while the loop's own has no time. Written with each connection's beginning and end.
// Thread: the loop's own, but for what says otherwise.
#pragma once

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace nano::http1 {

class ClientDescriptors {
 public:
  void Add(int fd) {
    if (Knows(fd)) WordOf(fd).fetch_or(BitOf(fd), std::memory_order_relaxed);
  }
  // Before it is closed, or another's.
  void Remove(int fd) {
    if (Knows(fd)) WordOf(fd).fetch_and(~BitOf(fd), std::memory_order_relaxed);
  }

  // Any thread: the number of those on which something has come that nobody has read yet. Asks the
  // system about each of them.
  size_t CountUnread() const {
    size_t count = 0;
    for (size_t at = 0; at < kWords; ++at) {
      for (uint64_t left = (*words_)[at].load(std::memory_order_relaxed); left != 0;
           left &= left - 1) {
        char byte;
        const int fd = static_cast<int>(at * 64) + std::countr_zero(left);
        if (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1) ++count;
      }
    }
    return count;
  }

 private:
  static constexpr size_t kWords = 1024;  // Beyond so many times 64, connections are not known.

  static bool Knows(int fd) { return fd >= 0 && static_cast<size_t>(fd) < kWords * 64; }
  static uint64_t BitOf(int fd) { return uint64_t{1} << (fd % 64); }
  std::atomic<uint64_t>& WordOf(int fd) { return (*words_)[static_cast<size_t>(fd) / 64]; }

  const std::unique_ptr<std::array<std::atomic<uint64_t>, kWords>> words_ =
      std::make_unique<std::array<std::atomic<uint64_t>, kWords>>();
};

}  // namespace nano::http1

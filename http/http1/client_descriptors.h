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
    Hold(fd, false);
    if (Knows(fd)) WordOf(fd).fetch_and(~BitOf(fd), std::memory_order_relaxed);
  }
  // Of one of them something was read that no request has been made of yet; or no more.
  void Hold(int fd, bool holds) {
    if (!Knows(fd)) return;
    Word& word = (*held_)[static_cast<size_t>(fd) / 64];
    if (holds) {
      word.fetch_or(BitOf(fd), std::memory_order_relaxed);
    } else {
      word.fetch_and(~BitOf(fd), std::memory_order_relaxed);
    }
  }

  // Any thread: the number of those on which something has come that nobody has read yet, or made
  // no request of. Asks the system about each of them.
  size_t CountUnread() const {
    size_t count = 0;
    for (size_t at = 0; at < kWords; ++at) {
      const uint64_t held = (*held_)[at].load(std::memory_order_relaxed);
      for (uint64_t left = (*words_)[at].load(std::memory_order_relaxed); left != 0;
           left &= left - 1) {
        char byte;
        const int bit = std::countr_zero(left);
        const int fd = static_cast<int>(at * 64) + bit;
        if ((held >> bit & 1) != 0 || recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1) ++count;
      }
    }
    return count;
  }

 private:
  using Word = std::atomic<uint64_t>;
  static constexpr size_t kWords = 1024;  // Beyond so many times 64, connections are not known.

  static bool Knows(int fd) { return fd >= 0 && static_cast<size_t>(fd) < kWords * 64; }
  static uint64_t BitOf(int fd) { return uint64_t{1} << (fd % 64); }
  Word& WordOf(int fd) { return (*words_)[static_cast<size_t>(fd) / 64]; }

  const std::unique_ptr<std::array<Word, kWords>> words_ =
      std::make_unique<std::array<Word, kWords>>();
  const std::unique_ptr<std::array<Word, kWords>> held_ =
      std::make_unique<std::array<Word, kWords>>();
};

}  // namespace nano::http1

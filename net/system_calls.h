// Reading from and writing to a connected descriptor, as all of this folder does it: the bytes that
// went, which may be fewer than asked for, or a negative errno; never waiting, never interrupted.
// Owns nothing. Thread-safe.
#pragma once

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <string_view>

namespace nano::net {

template <typename Call>
[[gnu::always_inline]] inline ssize_t Retry(Call call) {
  ssize_t result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

// The C library's recv and send are cancellation points: in a process with several threads each
// call pays for two atomic exchanges, and no thread of this program is ever cancelled.
inline ssize_t Receive(int fd, void* into, size_t size, int flags = 0) {
  return Retry([&] { return syscall(SYS_recvfrom, fd, into, size, flags, nullptr, nullptr); });
}

// Reads a part that the system throws away where it is.
inline ssize_t Discard(int fd) {
  constexpr size_t kMost = 1024 * 1024;
  return Receive(fd, nullptr, kMost, MSG_TRUNC);
}

inline ssize_t Send(int fd, std::string_view bytes) {
  return Retry([&] {
    return syscall(SYS_sendto, fd, bytes.data(), bytes.size(), MSG_NOSIGNAL, nullptr, 0);
  });
}

inline ssize_t Send(int fd, std::string_view first, std::string_view second) {
  if (second.empty()) return Send(fd, first);
  iovec parts[] = {{const_cast<char*>(first.data()), first.size()},
                   {const_cast<char*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = std::size(parts);
  return Retry([&] { return sendmsg(fd, &message, MSG_NOSIGNAL); });
}

}  // namespace nano::net

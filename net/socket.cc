// See socket.h.
#include "net/socket.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/check.h"

namespace nano::net {
namespace {

// The C library's recv and send are cancellation points: in a process with several threads each
// call pays for two atomic exchanges, and no thread of this program is ever cancelled.
ssize_t Receive(int fd, void* into, size_t size) {
  return syscall(SYS_recvfrom, fd, into, size, 0, nullptr, nullptr);
}

ssize_t Send(int fd, const void* data, size_t size) {
  return syscall(SYS_sendto, fd, data, size, MSG_NOSIGNAL, nullptr, 0);
}

template <typename Call>
ssize_t Retry(Call call) {
  ssize_t result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

}  // namespace

void Socket::Open(uv_loop_t* loop, int fd) {
  fd_ = fd;
  NANO_CHECK(uv_poll_init(loop, &poll_, fd) == 0);
}

void Socket::Watch(bool readable, bool writable) {
  const int wanted = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
  if (wanted == watched_) return;
  watched_ = wanted;
  if (wanted == 0) {
    uv_poll_stop(&poll_);
    return;
  }
  uv_poll_start(&poll_, wanted, [](uv_poll_t* poll, int status, int events) {
    auto* self = static_cast<Socket*>(poll->data);
    if (status < 0) {
      // An error waits on the socket, which the next read or write tells; libuv watches no more.
      events = self->watched_;
      self->watched_ = 0;
    }
    self->events_.ready(self->owner_, events & UV_READABLE, events & UV_WRITABLE);
  });
}

ssize_t Socket::Read(std::span<char> into) {
  return Retry([&] { return Receive(fd_, into.data(), into.size()); });
}

ssize_t Socket::Discard() {
  constexpr size_t kMost = 1024 * 1024;
  return Retry(
      [&] { return syscall(SYS_recvfrom, fd_, nullptr, kMost, MSG_TRUNC, nullptr, nullptr); });
}

ssize_t Socket::Write(std::string_view first, std::string_view second) {
  if (second.empty()) return Retry([&] { return Send(fd_, first.data(), first.size()); });
  iovec parts[] = {{const_cast<char*>(first.data()), first.size()},
                   {const_cast<char*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = std::size(parts);
  return Retry([&] { return sendmsg(fd_, &message, MSG_NOSIGNAL); });
}

bool Socket::EndWriting() { return shutdown(fd_, SHUT_WR) == 0; }

void Socket::Close(bool reset) {
  if (reset) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), [](uv_handle_t* handle) {
    auto* self = static_cast<Socket*>(handle->data);
    self->events_.closed(self->owner_);
  });
  close(fd_);
  fd_ = -1;
}

std::string Socket::PeerAddress() const {
  sockaddr_storage address;
  socklen_t size = sizeof address;
  char text[INET6_ADDRSTRLEN];
  if (getpeername(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      uv_ip_name(reinterpret_cast<sockaddr*>(&address), text, sizeof text) != 0) {
    return {};
  }
  return text;
}

void Socket::ProbePeer(unsigned seconds) {
  const int on = 1;
  const int delay = static_cast<int>(seconds);
  const int interval = 1;
  const int count = 10;
  setsockopt(fd_, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(fd_, IPPROTO_TCP, TCP_KEEPIDLE, &delay, sizeof delay);
  setsockopt(fd_, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  setsockopt(fd_, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

size_t Socket::unconfirmed() const {
  int bytes = 0;
  return ioctl(fd_, SIOCOUTQ, &bytes) == 0 ? static_cast<size_t>(bytes) : 0;
}

Socket::Peer Socket::peer() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(fd_, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return Peer::kOpen;
  if (info.tcpi_state == TCP_CLOSE) return Peer::kReset;
  return info.tcpi_state == TCP_CLOSE_WAIT ? Peer::kEndedInput : Peer::kOpen;
}

}  // namespace nano::net

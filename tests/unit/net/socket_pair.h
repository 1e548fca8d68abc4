// A TCP connection over loopback whose both ends the test has: ours, which does not wait, and the
// peer's, which does.
#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <string_view>

namespace nano::net::testing {

class SocketPair {
 public:
  SocketPair() {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(listen(listener, 1) == 0);
    REQUIRE(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    peer_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(connect(peer_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    ours_ = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    REQUIRE(ours_ >= 0);
    close(listener);
  }
  ~SocketPair() {
    EndPeer();
    if (ours_ >= 0) close(ours_);
  }
  SocketPair(const SocketPair&) = delete;
  SocketPair& operator=(const SocketPair&) = delete;

  int ours() const { return ours_; }
  // Somebody else closes it.
  int ReleaseOurs() { return std::exchange(ours_, -1); }
  // Of what we send, the system keeps little.
  void LimitOutput(int bytes) {
    setsockopt(ours_, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    setsockopt(peer_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }

  // From the peer to us; there when this returns.
  void Send(std::string_view text) {
    REQUIRE(send(peer_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    WaitForInput(ours_);
  }
  // What we have sent, which is something.
  std::string Receive(size_t most = SIZE_MAX) { return ReceiveFrom(peer_, most); }
  std::string ReceiveOurs() { return ReceiveFrom(ours_, SIZE_MAX); }
  void EndPeer() {
    if (peer_ < 0) return;
    close(std::exchange(peer_, -1));
    if (ours_ >= 0) WaitForInput(ours_);
  }
  void ResetPeer() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(peer_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    EndPeer();
  }

 private:
  static void WaitForInput(int fd) {
    pollfd poll{.fd = fd, .events = POLLIN, .revents = 0};
    REQUIRE(::poll(&poll, 1, 5000) == 1);
  }
  static std::string ReceiveFrom(int fd, size_t most) {
    WaitForInput(fd);
    std::string text;
    char part[4096];
    while (text.size() < most) {
      const ssize_t size = recv(fd, part, std::min(sizeof part, most - text.size()), MSG_DONTWAIT);
      if (size <= 0) break;
      text.append(part, static_cast<size_t>(size));
    }
    return text;
  }

  int ours_ = -1;
  int peer_ = -1;
};

}  // namespace nano::net::testing

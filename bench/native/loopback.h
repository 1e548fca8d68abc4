// What the bare programs share: sockets on loopback and the epoll that waits for them. One thread,
// and a failure of what they cannot do without ends the process.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

namespace nano::bench {

inline void Require(bool done, const char* what) {
  if (done) return;
  std::perror(what);
  std::exit(1);
}

inline sockaddr_in Loopback(const char* port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(std::atoi(port)));
  return address;
}

inline void SetOption(int fd, int level, int option) {
  const int on = 1;
  setsockopt(fd, level, option, &on, sizeof on);
}

inline int Listen(const char* port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  SetOption(listener, SOL_SOCKET, SO_REUSEADDR);
  SetOption(listener, IPPROTO_TCP, TCP_NODELAY);  // What is accepted has it from here.
  const sockaddr_in address = Loopback(port);
  Require(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind");
  Require(listen(listener, 512) == 0, "listen");
  return listener;
}

// Connects before it returns, which on loopback takes no time.
inline int Connect(const char* port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  SetOption(fd, IPPROTO_TCP, TCP_NODELAY);
  const sockaddr_in address = Loopback(port);
  Require(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "connect");
  return fd;
}

class Poll {
 public:
  Poll() : epoll_(epoll_create1(0)) { Require(epoll_ >= 0, "epoll_create1"); }

  // `data` is what the events will bring back.
  void Add(int fd, uint32_t events, epoll_data_t data) { Control(EPOLL_CTL_ADD, fd, events, data); }
  void Change(int fd, uint32_t events, epoll_data_t data) {
    Control(EPOLL_CTL_MOD, fd, events, data);
  }

  std::span<const epoll_event> Wait() {
    const int ready = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), -1);
    return {events_.data(), ready > 0 ? static_cast<size_t>(ready) : 0};
  }

 private:
  void Control(int operation, int fd, uint32_t events, epoll_data_t data) {
    epoll_event event{.events = events, .data = data};
    Require(epoll_ctl(epoll_, operation, fd, &event) == 0, "epoll_ctl");
  }

  int epoll_;
  std::array<epoll_event, 1024> events_;
};

}  // namespace nano::bench

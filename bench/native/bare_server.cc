// nano-bench-bare PORT: answers whatever arrives on a connection with the same 200, without looking
// at it. One wait for several connections, one recv and one send for each request, and nothing
// else: what the system itself costs for a request, below which no server gets that reads and
// writes so.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
    "content-type: text/plain;charset=UTF-8\r\ncontent-length: 6\r\n\r\nhello\n";

int Fail(const char* what) {
  std::perror(what);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: nano-bench-bare PORT\n");
    return 2;
  }
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(std::atoi(argv[1])));
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 512) != 0) {
    return Fail("nano-bench-bare: cannot listen");
  }
  const int epoll = epoll_create1(0);
  const auto watch = [&](int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  };
  if (epoll < 0 || watch(listener) != 0) return Fail("nano-bench-bare: epoll");
  std::array<epoll_event, 1024> events;
  std::array<char, 64 * 1024> input;
  for (;;) {
    const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<size_t>(i)].data.fd;
      if (fd == listener) {
        const int accepted = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (accepted >= 0) watch(accepted);
      } else if (recv(fd, input.data(), input.size(), 0) <= 0 ||
                 send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) < 0) {
        close(fd);
      }
    }
  }
}

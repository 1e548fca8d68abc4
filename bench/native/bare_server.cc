// nano-bench-bare PORT: answers whatever arrives on a connection with the same 200, without looking
// at it. One wait for several connections, one recv and one send for each request, and nothing
// else: what the system itself costs for a request, below which no server gets that reads and
// writes so.
#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "bench/native/loopback.h"

namespace {

using namespace nano::bench;

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
    "content-type: text/plain;charset=UTF-8\r\ncontent-length: 6\r\n\r\nhello\n";

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: nano-bench-bare PORT\n");
    return 2;
  }
  Poll poll;
  const int listener = Listen(argv[1]);
  poll.Add(listener, EPOLLIN, {.fd = listener});
  std::array<char, 64 * 1024> input;
  for (;;) {
    for (const epoll_event& event : poll.Wait()) {
      const int fd = event.data.fd;
      if (fd == listener) {
        const int accepted = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (accepted >= 0) poll.Add(accepted, EPOLLIN, {.fd = accepted});
      } else if (recv(fd, input.data(), input.size(), 0) <= 0 ||
                 send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) < 0) {
        close(fd);
      }
    }
  }
}

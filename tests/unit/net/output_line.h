// An Output to be tested. Thread: the test's own.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "net/output.h"

namespace nano::net::testing {

// An output on one end of a pair of sockets, and what arrives at the other.
class Line {
 public:
  explicit Line(BufferPool& pool) : output(socket_, pool) {
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_) == 0);
    const int size = 4096;
    setsockopt(ends_[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    uv_loop_init(&loop_);
    socket_.Open(&loop_, ends_[0]);
  }
  ~Line() {
    socket_.Close(false);
    uv_run(&loop_, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop_) == 0);
    close(ends_[1]);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  // Takes what the other end has, at most `limit` bytes.
  void Receive(size_t limit = SIZE_MAX) {
    char part[1024];
    while (limit > 0) {
      const ssize_t size = recv(ends_[1], part, std::min(limit, sizeof part), 0);
      if (size <= 0) return;
      received.append(part, static_cast<size_t>(size));
      limit -= static_cast<size_t>(size);
    }
  }
  // Sends and takes until nothing is left.
  void Drain() {
    output.Flush();
    do {
      Receive();
      output.Resume();
    } while (output.queued() > 0);
    Receive();
  }
  void ClosePeer() {
    close(ends_[1]);
    ends_[1] = -1;
  }
  // The system refuses to move anything into the socket, which it does into what only appends.
  void RefuseMoves() { REQUIRE(fcntl(ends_[0], F_SETFL, O_NONBLOCK | O_APPEND) == 0); }

  std::string received;

 private:
  static constexpr Socket::Events kEvents = {.ready = [](void*, bool, bool) {},
                                             .closed = [](void*) {}};
  int ends_[2];
  uv_loop_t loop_;
  Socket socket_{kEvents, this};

 public:
  Output output;
};

}  // namespace nano::net::testing

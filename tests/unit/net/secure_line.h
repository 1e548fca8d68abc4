// Secured sockets at one end of a line or at both, for tests: used as connections use them, or with
// a peer that is played by hand on the bare descriptor. Thread: the loop's own.
#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/output.h"
#include "net/socket.h"
#include "tests/unit/toy_secure_layer.h"

namespace nano::net::testing {

using Side = ToySecureLayer::Side;

// Both ends of a line, non-blocking, with little room.
inline std::pair<int, int> MakeLine() {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
  for (const int end : ends) {
    const int size = 4096;
    setsockopt(end, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  }
  return {ends[0], ends[1]};
}

// The same over TCP, which alone throws input away by itself.
inline std::pair<int, int> MakeTcpLine() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(listen(listener, 1) == 0);
  REQUIRE(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  const int first = socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(connect(first, reinterpret_cast<sockaddr*>(&address), size) == 0);
  const int second = accept(listener, nullptr, nullptr);
  REQUIRE(second >= 0);
  close(listener);
  for (const int end : {first, second}) {
    const int on = 1;
    setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(end, F_SETFL, O_NONBLOCK);
  }
  return {first, second};
}

struct Loop {
  Loop() { uv_loop_init(&loop); }
  ~Loop() {
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
  }
  // Turns the loop until `done`, or for so many turns that it never will be.
  bool Until(const std::function<bool()>& done) {
    for (int turn = 0; turn < 10'000 && !done(); ++turn) uv_run(&loop, UV_RUN_NOWAIT);
    return done();
  }
  // As many turns as anything that is going to happen needs.
  void Settle() {
    for (int turn = 0; turn < 50; ++turn) uv_run(&loop, UV_RUN_NOWAIT);
  }

  uv_loop_t loop;
  BufferPool pool;
};

// A secured socket with an output, used as a connection uses them.
class End {
 public:
  End(Loop& loop, int fd, Side side) : End(loop, fd, std::make_unique<ToySecureLayer>(side)) {}
  End(Loop& loop, int fd, std::unique_ptr<SecureLayer> layer)
      : socket_(kEvents, this), output(socket_, loop.pool) {
    socket_.Open(&loop.loop, fd);
    socket_.Secure(std::move(layer), loop.pool);
  }
  ~End() { Close(); }
  End(const End&) = delete;
  End& operator=(const End&) = delete;

  void Send(std::string_view text) {
    output.buffer().append(text);
    output.Flush();
    Watch();
  }
  void Watch() { socket_.Watch(reads && result != 0 && !error(), output.queued() > 0); }
  void Close(bool reset = false) {
    if (!std::exchange(closed_, true)) socket_.Close(reset);
  }
  bool error() const { return result < 0 && result != -EAGAIN; }
  Socket& socket() { return socket_; }

  bool reads = true;
  size_t read_size = 64 * 1024;
  std::string received;
  ssize_t result = -EAGAIN;  // Of the last read.
  int told_readable = 0;
  int told_writable = 0;

 private:
  static const Socket::Events kEvents;

  void OnReady(bool readable, bool writable) {
    told_readable += readable;
    told_writable += writable;
    if (writable) output.Resume();
    if (readable) {
      std::vector<char> buffer(read_size);
      result = socket_.Read(buffer);
      if (result > 0) received.append(buffer.data(), static_cast<size_t>(result));
    }
    if (!closed_) Watch();
  }

  Socket socket_;
  bool closed_ = false;

 public:
  Output output;
};

inline const Socket::Events End::kEvents = {
    .ready = [](void* end, bool readable,
                bool writable) { static_cast<End*>(end)->OnReady(readable, writable); },
    .closed = [](void*) {},
};

// A secured socket, and its peer played by hand on the bare descriptor.
struct Played {
  explicit Played(Side side, std::pair<int, int> over = MakeLine())
      : line(over),
        end(std::make_unique<End>(loop, line.first, side)),
        peer(side == Side::kServer ? Side::kClient : Side::kServer) {
    end->Watch();
  }
  // A server's.
  explicit Played(std::unique_ptr<SecureLayer> layer)
      : line(MakeLine()),
        end(std::make_unique<End>(loop, line.first, std::move(layer))),
        peer(Side::kClient) {
    end->Watch();
  }
  ~Played() {
    end->Close();
    loop.Settle();
    close(line.second);
  }

  // Carries bytes in both directions until nothing moves; `at_once`: to the socket, in one piece.
  void Exchange(size_t at_once = SIZE_MAX) {
    for (int still = 0; still < 20; ++still) {
      loop.Settle();
      char part[1024];
      ssize_t size;
      while ((size = recv(line.second, part, sizeof part, 0)) > 0) {
        still = 0;
        wire.append(part, static_cast<size_t>(size));
        peer.Take({part, static_cast<size_t>(size)});
      }
      hung_up = size == 0;
      const std::string_view next = std::string_view(peer.outgoing).substr(0, at_once);
      if (next.empty()) continue;
      const ssize_t sent = send(line.second, next.data(), next.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        peer.outgoing.erase(0, static_cast<size_t>(sent));
        still = 0;
      }
    }
  }
  // Sends what the peer has to say in one piece.
  void SendTogether() {
    REQUIRE(send(line.second, peer.outgoing.data(), peer.outgoing.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(peer.outgoing.size()));
    peer.outgoing.clear();
  }

  Loop loop;
  std::pair<int, int> line;
  std::unique_ptr<End> end;
  ToyPeer peer;
  std::string wire;  // What came over it.
  bool hung_up = false;
};

inline std::string Text(size_t size) {
  std::string text;
  while (text.size() < size) text += std::to_string(text.size()) + ",";
  text.resize(size);
  return text;
}

}  // namespace nano::net::testing

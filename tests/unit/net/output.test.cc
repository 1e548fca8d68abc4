// Tests of Output: what is appended is sent, whole and in order, whatever the pool has to lend and
// however much the socket takes.
#include "net/output.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <list>
#include <string>

namespace nano::net {
namespace {

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

TEST_CASE("a buffer that holds bytes is never replaced", "[output]") {
  BufferPool pool;
  Line line(pool);
  std::string sent;
  // Each part is short enough for a string to hold in itself.
  for (int i = 0; i < 40; ++i) {
    const std::string part = std::to_string(i) + ";";
    line.output.buffer().append(part);
    sent += part;
  }
  CHECK(line.output.buffered() == sent.size());
  line.Drain();
  CHECK(line.received == sent);
}

TEST_CASE("chunks written side by side are whole", "[output]") {
  // More than the pool keeps spare buffers for.
  constexpr size_t kLines = 40;
  BufferPool pool;
  std::list<Line> lines;
  for (size_t i = 0; i < kLines; ++i) lines.emplace_back(pool);
  std::string sent;
  for (int turn = 0; turn < 20; ++turn) {
    const std::string part(static_cast<size_t>(1 + turn * 7), static_cast<char>('a' + turn));
    for (Line& line : lines) {
      line.output.buffer().append(std::to_string(part.size())).append("\r\n");
      line.output.buffer().append(part);
      line.output.buffer().append("\r\n");
    }
    sent.append(std::to_string(part.size())).append("\r\n");
    sent.append(part).append("\r\n");
    // Some send at once, the others keep what they have.
    size_t i = 0;
    for (Line& line : lines) {
      if (i++ % 3 == 0) line.output.Flush();
    }
  }
  for (Line& line : lines) {
    line.Drain();
    CHECK(line.received == sent);
  }
}

TEST_CASE("what the socket does not take at once is sent later, in order", "[output]") {
  BufferPool pool;
  Line line(pool);
  std::string sent;
  const auto put = [&](size_t size) {
    std::string part;
    while (part.size() < size) part += std::to_string(sent.size() + part.size()) + ",";
    sent += part;
    return part;
  };
  size_t most_queued = 0;
  // Both ways of writing, the peer reading a little now and then.
  for (size_t i = 0; i < 200; ++i) {
    line.output.buffer().append(put(i % 23));
    if (i % 3 == 0) line.output.FlushWith(put(i * 17 % 20'000));
    if (i % 5 == 0) line.output.Flush();
    most_queued = std::max(most_queued, line.output.queued());
    line.Receive(i * 131 % 7000);
    if (i % 2 == 0) line.output.Resume();
  }
  CHECK(most_queued > 0);
  line.Drain();
  CHECK(line.received.size() == sent.size());
  CHECK(line.received == sent);
  CHECK_FALSE(line.output.failed());
}

TEST_CASE("an output whose peer has gone says so and keeps nothing", "[output]") {
  BufferPool pool;
  Line line(pool);
  line.ClosePeer();
  line.output.buffer().append("to nobody");
  line.output.Flush();
  CHECK(line.output.failed());
  CHECK(line.output.queued() == 0);
  CHECK(line.output.buffered() == 0);
  line.output.FlushWith(std::string(100'000, 'x'));
  CHECK(line.output.queued() == 0);
}

TEST_CASE("a pool lends empty buffers, and keeps a few of moderate size", "[output][pool]") {
  BufferPool pool;
  std::string small = "short";
  pool.Give(small);  // Nothing to keep.
  CHECK(small.empty());
  CHECK(pool.Take().capacity() < 100);
  std::string huge(1'000'000, 'x');
  pool.Give(huge);
  CHECK(huge.capacity() < 100);
  CHECK(pool.Take().capacity() < 100);
  for (int i = 0; i < 40; ++i) {
    std::string buffer(1000, 'x');
    pool.Give(buffer);
    CHECK(buffer.empty());
  }
  int lent = 0;
  for (int i = 0; i < 40; ++i) {
    const std::string buffer = pool.Take();
    CHECK(buffer.empty());
    if (buffer.capacity() >= 1000) ++lent;
  }
  CHECK(lent == 16);
}

}  // namespace
}  // namespace nano::net

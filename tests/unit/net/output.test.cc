// Tests of Output: what is appended is sent, whole and in order, whatever the pool has to lend and
// however much the socket takes.
#include "net/output.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <list>
#include <string>

#include "tests/unit/net/output_line.h"
#include "tests/unit/net/socket_pair.h"

namespace nano::net {
namespace {

using testing::Line;
using testing::SocketPair;

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

TEST_CASE("what a slow peer has taken of a large part does not stay in memory", "[output]") {
  BufferPool pool;
  Line line(pool);
  CHECK(line.output.kept() == 0);
  std::string sent(size_t{8} << 20, 'a');
  for (size_t i = 0; i < sent.size(); i += 1000) sent[i] = static_cast<char>('b' + i / 1000 % 20);
  line.output.FlushWith(sent);
  CHECK(line.output.kept() >= line.output.queued());
  while (line.output.queued() > 0) {
    line.Receive(4096);
    line.output.Resume();
    // Twice what is still to be sent, or the first megabyte, of which little is sent.
    CHECK(line.output.kept() <=
          std::max<size_t>(2 * line.output.queued(), line.output.queued() + (size_t{1} << 20)) + 1);
  }
  line.Receive();
  CHECK(line.output.kept() == 0);
  CHECK(line.received == sent);
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

// A pipe that holds such bytes.
Pipe Filled(PipePool& pipes, std::string_view bytes) {
  SocketPair from;
  from.Send(bytes);
  Pipe pipe = pipes.Take();
  REQUIRE(pipe.FillFrom(from.ours(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  return pipe;
}

TEST_CASE("what a pipe holds is sent at once if it can be", "[output][pipe]") {
  BufferPool pool;
  PipePool pipes;
  Line line(pool);
  line.output.buffer().append("head,");
  {
    Pipe pipe = Filled(pipes, "body");
    line.output.FlushWith(pipe);
    CHECK(pipe);
    CHECK_FALSE(line.output.holds_part());
  }
  CHECK(line.output.queued() == 0);
  CHECK(pipes.spare() == 1);
  line.Receive();
  CHECK(line.received == "head,body");
}

TEST_CASE("what a pipe holds keeps its place among what waits", "[output][pipe][refused]") {
  const bool refused = GENERATE(false, true);
  BufferPool pool;
  std::list<PipePool> pipes(1);
  Line line(pool);
  if (refused) line.RefuseMoves();
  std::string sent;
  size_t most_held = 0;
  for (int i = 0; i < 60; ++i) {
    const std::string size = std::to_string(i);
    const std::string before = "before " + size + std::string(static_cast<size_t>(i * 131), '.');
    const std::string piped = "piped " + size + std::string(static_cast<size_t>(i * 311), '-');
    const std::string after = "after " + size + std::string(static_cast<size_t>(i * 17), ',');
    line.output.buffer().append(before);
    sent += before;
    if (!line.output.holds_part()) {
      // Of a pool that does not know yet that it is refused.
      if (refused) pipes.emplace_back();
      Pipe pipe = Filled(pipes.back(), piped);
      line.output.FlushWith(pipe);
      sent += piped;
    }
    line.output.FlushWith(after);
    sent += after;
    line.Receive(static_cast<size_t>(i * 53 % 3000));
    if (i % 2 == 0) line.output.Resume();
    if (line.output.holds_part()) most_held = std::max(most_held, line.output.queued());
    CHECK(line.received == sent.substr(0, line.received.size()));
  }
  CHECK(most_held > 0);
  line.Drain();
  CHECK(line.received == sent);
  CHECK_FALSE(line.output.holds_part());
  CHECK_FALSE(line.output.failed());
  for (const PipePool& each : pipes) CHECK(each.open() == each.spare());
}

// Until one has to wait.
void Flood(Line& line, PipePool& pipes) {
  for (int i = 0; i < 1000 && !line.output.holds_part(); ++i) {
    Pipe pipe = Filled(pipes, std::string(20'000, 'x'));
    line.output.FlushWith(pipe);
  }
  CHECK(line.output.holds_part());
}

TEST_CASE("an output whose peer has gone takes no pipe, and lets one go", "[output][pipe]") {
  const auto before = signal(SIGPIPE, SIG_IGN);
  BufferPool pool;
  PipePool pipes;
  {
    Line line(pool);
    Flood(line, pipes);
    line.ClosePeer();
    line.output.buffer().append("behind it");
    line.output.Resume();
    CHECK(line.output.failed());
    CHECK(line.output.queued() == 0);
    CHECK(line.output.buffered() == 0);
    CHECK(pipes.open() == pipes.spare());
    Pipe late = Filled(pipes, "late");
    line.output.FlushWith(late);
    CHECK(late.held() == 4);
  }
  {
    Line line(pool);
    Flood(line, pipes);
  }
  CHECK(pipes.open() == pipes.spare());
  signal(SIGPIPE, before);
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

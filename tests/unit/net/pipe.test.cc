// Tests of Pipe and PipePool: bytes go from socket to socket as they are, and none is lost where
// that does not work.
#include "net/pipe.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/unit/net/socket_pair.h"
#include "tests/unit/refused_calls.h"

namespace nano::net {
namespace {

using nano::testing::RunWhereRefused;
using testing::SocketPair;

std::string Held(Pipe& pipe) {
  std::string bytes(pipe.held(), '\0');
  bytes.resize(pipe.Read(bytes));
  return bytes;
}

TEST_CASE("bytes go through a pipe from one socket to another", "[pipe]") {
  PipePool pool;
  SocketPair from, to;
  {
    Pipe pipe = pool.Take();
    REQUIRE(pipe);
    CHECK(pipe.FillFrom(from.ours(), 100) == -EAGAIN);
    from.Send("hello world");
    // No more than is asked for.
    CHECK(pipe.FillFrom(from.ours(), 6) == 6);
    CHECK(pipe.held() == 6);
    CHECK(pipe.EmptyInto(to.ours()) == 6);
    CHECK(pipe.held() == 0);
    CHECK(pipe.FillFrom(from.ours(), 100) == 5);
    CHECK(pipe.EmptyInto(to.ours()) == 5);
    CHECK(to.Receive() == "hello world");
    from.EndPeer();
    CHECK(pipe.FillFrom(from.ours(), 100) == 0);
  }
  CHECK(pool.moved() == 11);
  CHECK(pool.open() == 1);
  CHECK(pool.spare() == 1);
}

TEST_CASE("a pipe keeps what a socket does not take", "[pipe]") {
  PipePool pool;
  SocketPair from, to;
  to.LimitOutput(4096);
  Pipe pipe = pool.Take();
  std::string sent, received;
  ssize_t result = 0;
  while (result != -EAGAIN) {
    REQUIRE(sent.size() < 100'000'000);
    if (pipe.held() == 0) {
      std::string part;
      while (part.size() < 20'000) part += std::to_string(sent.size() + part.size()) + ",";
      from.Send(part);
      REQUIRE(pipe.FillFrom(from.ours(), part.size()) == static_cast<ssize_t>(part.size()));
      sent += part;
    }
    result = pipe.EmptyInto(to.ours());
  }
  CHECK(pipe.held() > 0);
  while (pipe.held() > 0) {
    received += to.Receive(1000);
    result = pipe.EmptyInto(to.ours());
    REQUIRE((result > 0 || result == -EAGAIN));
  }
  while (received.size() < sent.size()) received += to.Receive();
  CHECK(received == sent);
}

TEST_CASE("a reset is no end", "[pipe]") {
  PipePool pool;
  SocketPair from;
  Pipe pipe = pool.Take();
  from.ResetPeer();
  CHECK(pipe.FillFrom(from.ours(), 100) == -ECONNRESET);
  CHECK(pool.Take());
}

TEST_CASE("a peer that has gone is an error", "[pipe]") {
  const auto before = signal(SIGPIPE, SIG_IGN);
  PipePool pool;
  SocketPair from, to;
  Pipe pipe = pool.Take();
  from.Send("for nobody");
  REQUIRE(pipe.FillFrom(from.ours(), 100) == 10);
  to.ResetPeer();
  const ssize_t result = pipe.EmptyInto(to.ours());
  CHECK((result == -EPIPE || result == -ECONNRESET));
  CHECK(pipe.held() == 10);
  signal(SIGPIPE, before);
}

TEST_CASE("a pipe that holds bytes is closed, an empty one used again", "[pipe][pool]") {
  PipePool pool;
  SocketPair from;
  from.Send("of another");
  {
    Pipe pipe = pool.Take();
    REQUIRE(pipe.FillFrom(from.ours(), 100) == 10);
  }
  CHECK(pool.open() == 0);
  {
    const Pipe pipe = pool.Take();
    CHECK(pool.spare() == 0);
  }
  CHECK(pool.open() == 1);
  CHECK(pool.spare() == 1);
  // What takes another's place is let go itself.
  Pipe one = pool.Take();
  Pipe two = pool.Take();
  one = std::move(two);
  CHECK(one);
  CHECK_FALSE(two);
  CHECK(pool.open() == 2);
  CHECK(pool.spare() == 1);
}

TEST_CASE("there are so many pipes, and few of them spare", "[pipe][pool]") {
  PipePool pool;
  {
    std::vector<Pipe> pipes;
    for (size_t i = 0; i < PipePool::kMost; ++i) {
      pipes.push_back(pool.Take());
      REQUIRE(pipes.back());
    }
    CHECK_FALSE(pool.Take());
    pipes.pop_back();
    CHECK(pool.Take());
  }
  CHECK(pool.open() == PipePool::kSpare);
  CHECK(pool.spare() == PipePool::kSpare);
}

TEST_CASE("where the system does not move bytes, they are where they were", "[pipe][refused]") {
  const int error = GENERATE(EINVAL, ENOSYS, EPERM);
  RunWhereRefused({SYS_splice, error}, [] {
    PipePool pool;
    SocketPair from;
    from.Send("still there");
    Pipe pipe = pool.Take();
    REQUIRE(pipe);
    CHECK(pipe.FillFrom(from.ours(), 100) == -EOPNOTSUPP);
    CHECK(from.ReceiveOurs() == "still there");
    // It is not tried again.
    CHECK_FALSE(pool.Take());
  });
  RunWhereRefused({SYS_splice, ENOMEM}, [] {
    PipePool pool;
    SocketPair from;
    Pipe pipe = pool.Take();
    CHECK(pipe.FillFrom(from.ours(), 100) == -EOPNOTSUPP);
    CHECK(pool.Take());  // It is.
  });
  // Into a descriptor that the system cannot move to; out of a pipe they can still be read.
  PipePool pool;
  SocketPair from, to;
  from.Send("not lost");
  Pipe pipe = pool.Take();
  REQUIRE(pipe.FillFrom(from.ours(), 100) == 8);
  REQUIRE(fcntl(to.ours(), F_SETFL, O_NONBLOCK | O_APPEND) == 0);
  CHECK(pipe.EmptyInto(to.ours()) == -EOPNOTSUPP);
  CHECK(Held(pipe) == "not lost");
  CHECK(pipe.held() == 0);
}

TEST_CASE("where the system gives no pipe, it is not asked each time", "[pipe][refused]") {
  RunWhereRefused({SYS_pipe2, EMFILE}, [] {
    PipePool pool;
    for (unsigned i = 0; i < 2 * PipePool::kRest; ++i) CHECK_FALSE(pool.Take());
    CHECK(pool.open() == 0);
  });
  RunWhereRefused({SYS_fcntl, EPERM, F_SETPIPE_SZ}, [] {
    PipePool pool;
    CHECK(pool.Take());  // What it holds by itself does.
    CHECK(pool.open() == 1);
  });
}

}  // namespace
}  // namespace nano::net

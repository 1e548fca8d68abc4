// Requests that are held back for each other: when they go out, and what becomes of one whose call
// ends before.
#include <sys/ioctl.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "client_fixture.h"
#include "net/tick.h"

namespace nano::http::testing {
namespace {

const char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Answers one request, and reads the next one on a connection when it is told to.
struct Waiting {
  std::atomic<int> fds[2]{-1, -1};
  std::atomic<bool> go{false};

  ScriptedServer::Script Script() {
    return [this](Peer& peer) {
      peer.ReadHead();
      peer.Send(kOk);
      fds[peer.number - 1] = peer.fd();
      while (!go) usleep(100);
      peer.ReadHead();
      peer.Send(kOk);
      peer.ReadHead();
    };
  }

  // Bytes that lie at the server, unread. On loopback what was sent is there.
  int Arrived(int connection) const {
    int bytes = 0;
    REQUIRE(ioctl(fds[connection], FIONREAD, &bytes) == 0);
    return bytes;
  }
};

// Two connections of the pool that wait for calls.
void OpenTwo(ClientFixture& client, uint16_t port, Waiting& waiting) {
  const auto first = client.Start(port);
  const auto second = client.Start(port);
  client.RunUntil([&] { return first->done && second->done && waiting.fds[0] >= 0; });
  client.RunUntil([&] { return client.pool().idle() == 2; });
  while (waiting.fds[0] < 0 || waiting.fds[1] < 0) usleep(100);
}

}  // namespace

TEST_CASE_METHOD(ClientFixture, "held requests: they go out together, before the loop waits") {
  auto& waiting = Keep<Waiting>();
  ScriptedServer& server = Serve(waiting.Script());
  OpenTwo(*this, server.port, waiting);
  const int64_t tick = net::Tick();
  const auto first = Start(server.port);
  const bool first_held = waiting.Arrived(0) + waiting.Arrived(1) == 0;
  const auto second = Start(server.port);
  const bool both_held = waiting.Arrived(0) + waiting.Arrived(1) == 0;
  // Whatever the machine did meanwhile: within a tick nothing goes out.
  if (net::Tick() == tick) CHECK((first_held && both_held));
  uv_run(&loop, UV_RUN_NOWAIT);
  CHECK(waiting.Arrived(0) > 0);
  CHECK(waiting.Arrived(1) > 0);
  waiting.go = true;
  RunUntil([&] { return first->done && second->done; });
  CHECK(first->Text() == "200 ok");
  CHECK(second->Text() == "200 ok");
}

TEST_CASE_METHOD(ClientFixture, "held requests: they do not wait for somebody who computes") {
  auto& waiting = Keep<Waiting>();
  ScriptedServer& server = Serve(waiting.Script());
  OpenTwo(*this, server.port, waiting);
  const auto first = Start(server.port);
  for (const int64_t tick = net::Tick(); net::Tick() == tick;) {
  }
  const auto second = Start(server.port);
  CHECK(waiting.Arrived(0) > 0);
  CHECK(waiting.Arrived(1) > 0);
  waiting.go = true;
  RunUntil([&] { return first->done && second->done; });
}

TEST_CASE_METHOD(ClientFixture, "held requests: that of a call which has ended does not go out") {
  auto& waiting = Keep<Waiting>();
  ScriptedServer& server = Serve(waiting.Script());
  OpenTwo(*this, server.port, waiting);
  const int64_t tick = net::Tick();
  Start(server.port).reset();
  uv_run(&loop, UV_RUN_NOWAIT);
  if (net::Tick() == tick) CHECK(waiting.Arrived(0) + waiting.Arrived(1) == 0);
  CHECK(pool().connections() == 1);
  waiting.go = true;
}

}  // namespace nano::http::testing

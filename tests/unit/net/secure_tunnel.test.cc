// A secure layer within another: what the owner reads and writes, and the ends that it is told,
// are the inner one's, however the bytes of the two are cut.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <memory>
#include <string>

#include "net/socket.h"
#include "tests/unit/net/secure_line.h"

namespace nano::net::testing {
namespace {

// Two ends, and between them somebody who carries a few bytes in each turn.
class Tunnel {
 public:
  explicit Tunnel(size_t at_once) : at_once_(at_once) {
    client.Watch();
    server.Watch();
    Turn(200);
    for (End* end : {&client, &server}) {
      const Side side = end == &client ? Side::kClient : Side::kServer;
      end->socket().Secure(std::make_unique<ToySecureLayer>(side), loop.pool);
      end->Watch();
    }
  }
  ~Tunnel() {
    client.Close();
    server.Close();
    loop.Settle();
    close(near_.second);
    close(far_.second);
  }

  void Turn(int turns) {
    for (int turn = 0; turn < turns; ++turn) {
      uv_run(&loop.loop, UV_RUN_NOWAIT);
      Carry(near_.second, far_.second);
      Carry(far_.second, near_.second);
    }
  }
  bool Until(const std::function<bool()>& done) {
    for (int turn = 0; turn < 200'000 && !done(); ++turn) Turn(1);
    return done();
  }

 private:
  void Carry(int from, int to) {
    char bytes[4096];
    const ssize_t size = recv(from, bytes, std::min(at_once_, sizeof bytes), MSG_PEEK);
    if (size == 0) shutdown(to, SHUT_WR);
    if (size <= 0) return;
    const ssize_t sent = send(to, bytes, static_cast<size_t>(size), MSG_NOSIGNAL);
    if (sent > 0) REQUIRE(recv(from, bytes, static_cast<size_t>(sent), 0) == sent);
  }

  const size_t at_once_;
  const std::pair<int, int> near_ = MakeLine();
  const std::pair<int, int> far_ = MakeLine();

 public:
  Loop loop;
  End client{loop, near_.first, Side::kClient};
  End server{loop, far_.first, Side::kServer};
};

}  // namespace

TEST_CASE("a layer within another carries more than the line holds, both ways", "[secure]") {
  const size_t at_once = GENERATE(1, 7, 4096);
  CAPTURE(at_once);
  Tunnel tunnel(at_once);
  const std::string text = Text(at_once == 1 ? 5'000 : 150'000);
  tunnel.client.Send(text);
  tunnel.server.Send(text);
  CHECK(tunnel.client.output.queued() > 0);
  REQUIRE(tunnel.Until([&] {
    return tunnel.client.received.size() >= text.size() &&
           tunnel.server.received.size() >= text.size();
  }));
  CHECK(tunnel.client.received == text);
  CHECK(tunnel.server.received == text);
  REQUIRE(tunnel.Until([&] { return tunnel.client.output.queued() == 0; }));

  // The end comes behind it, in order; the other direction goes on.
  CHECK(tunnel.client.socket().EndWriting());
  REQUIRE(tunnel.Until([&] { return tunnel.server.result == 0; }));
  tunnel.server.Send("and more");
  REQUIRE(tunnel.Until([&] { return tunnel.client.received == text + "and more"; }));
  tunnel.server.Close();
  REQUIRE(tunnel.Until([&] { return tunnel.client.result == 0; }));
}

TEST_CASE("who reads little at once gets all that is within two layers", "[secure]") {
  Tunnel tunnel(4096);
  tunnel.client.read_size = 10;
  const std::string text = Text(10'000);
  tunnel.server.Send(text);
  REQUIRE(tunnel.Until([&] { return tunnel.client.received.size() == text.size(); }));
  CHECK(tunnel.client.received == text);
}

TEST_CASE("an end of the outer layer alone is none of what is within", "[secure]") {
  Loop loop;
  const auto [first, second] = MakeLine();
  End client(loop, first, Side::kClient);
  End server(loop, second, Side::kServer);
  client.Watch();
  server.Watch();
  loop.Settle();
  client.socket().Secure(std::make_unique<ToySecureLayer>(Side::kClient), loop.pool);
  client.Watch();
  server.Close();
  REQUIRE(loop.Until([&] { return client.error(); }));
  CHECK(client.result == -ECONNRESET);
}

TEST_CASE("a failure of the inner layer is told in its own words", "[secure]") {
  Loop loop;
  const auto [first, second] = MakeLine();
  End client(loop, first, Side::kClient);
  End server(loop, second, Side::kServer);
  client.Watch();
  server.Watch();
  loop.Settle();
  client.socket().Secure(std::make_unique<ToySecureLayer>(Side::kClient), loop.pool);
  client.Watch();
  server.Send("what is no frame");
  REQUIRE(loop.Until([&] { return client.error(); }));
  CHECK(client.result == -EPROTO);
  CHECK(client.socket().failure() == "there are no such frames");
}

}  // namespace nano::net::testing

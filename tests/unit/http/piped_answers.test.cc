// Answers whose body comes in pipes: in order, as fast as the client takes them, and not where
// somebody has to look at the bytes.
#include <signal.h>

#include "net/pipe.h"
#include "tests/unit/http/http_fixture.h"
#include "tests/unit/net/socket_pair.h"
#include "tests/unit/toy_secure_layer.h"

using namespace nano::http1::testing;
using nano::http::Limits;
using nano::http::RequestHead;
using nano::http::ServerExchange;
using nano::net::Pipe;
using nano::net::PipePool;
using nano::net::testing::SocketPair;
using nano::net::testing::ToySecureLayer;

namespace {

// Sends an answer of so many parts, of different letters, each in a pipe if it can be.
class PipedAnswer {
 public:
  PipedAnswer(Server& server, size_t parts, size_t size) : parts_(parts), size_(size) {
    signal(SIGPIPE, SIG_IGN);
    server.handler.on_drain = [this](ServerExchange& exchange) { GoOn(exchange); };
  }

  size_t length() const { return parts_ * size_; }
  std::string text() const {
    std::string text;
    for (size_t i = 0; i < parts_; ++i) text += Part(i);
    return text;
  }
  void Start(ServerExchange& exchange, std::optional<uint64_t> length) {
    next_ = 0;
    exchange.StartBody({.status = 200}, length);
    GoOn(exchange);
  }
  void GoOn(ServerExchange& exchange) {
    while (next_ < parts_) {
      const bool goes_on = Write(exchange, Part(next_++));
      if (!goes_on && (!heedless || !exchange.TakesPiped())) return;
    }
    exchange.EndBody();
  }
  size_t next() const { return next_; }

  PipePool pipes;
  size_t piped = 0;
  bool heedless = false;  // Goes on until a pipe waits.

 private:
  std::string Part(size_t i) const { return std::string(size_, static_cast<char>('a' + i % 26)); }
  bool Write(ServerExchange& exchange, const std::string& part) {
    if (!exchange.TakesPiped()) return exchange.WriteBody(part);
    SocketPair from;
    from.Send(part);
    Pipe pipe = pipes.Take();
    REQUIRE(pipe.FillFrom(from.ours(), part.size()) == static_cast<ssize_t>(part.size()));
    ++piped;
    return exchange.WritePiped(pipe);
  }

  const size_t parts_;
  const size_t size_;
  size_t next_ = 0;
};

}  // namespace

TEST_CASE("piped answers: are whole, and followed by others") {
  Server server;
  PipedAnswer answer(server, 20, 60'000);
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead& head) {
    if (head.target == "/piped") return answer.Start(exchange, answer.length());
    exchange.Respond({.status = 200}, "short");
  };
  Client client(server);
  client.Send(Get("/piped") + Get("/short") + Get("/piped") + Get("/short"));
  for (int i = 0; i < 2; ++i) {
    client.Read("\r\n\r\n");
    CHECK(client.Read(answer.text()).size() == answer.length());
    CHECK(Contains(client.Read("short"), "content-length: 5\r\n"));
  }
  CHECK(answer.piped == 40);
  CHECK(answer.pipes.open() == answer.pipes.spare());
  // HTTP/1.0: until the connection's end.
  client.Send("GET /piped HTTP/1.0\r\n\r\n");
  CHECK(Contains(client.ReadAll(), "\r\n\r\n" + answer.text()));
}

TEST_CASE("piped answers: a client that does not read has to be waited for") {
  Server server;
  // More than the system takes for both of them.
  PipedAnswer answer(server, 600, 60'000);
  answer.heedless = true;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    answer.Start(exchange, answer.length());
  };
  Client client(server, 4096);
  client.Send(Get("/"));
  REQUIRE(server.Until([&] { return answer.next() > 1; }));
  server.Run(50);
  const size_t stands = answer.next();
  CHECK(stands < 300);
  server.Run(20);
  CHECK(answer.next() == stands);
  // One pipe waits, and no more than one.
  CHECK(answer.pipes.open() - answer.pipes.spare() == 1);
  const auto drains =
      std::count(server.handler.events.begin(), server.handler.events.end(), "drain");
  SECTION("and gets all of it") {
    client.Read("\r\n\r\n");
    CHECK(client.Read(answer.text()).size() == answer.length());
    CHECK(std::count(server.handler.events.begin(), server.handler.events.end(), "drain") > drains);
    CHECK(answer.pipes.open() == answer.pipes.spare());
  }
  SECTION("and may leave") {
    client.Close(/*reset=*/true);
    REQUIRE(server.Until([&] { return server.handler.Saw("aborted"); }));
    REQUIRE(server.Until([&] { return server.listener->connections() == 0; }));
    CHECK(answer.pipes.open() == answer.pipes.spare());
  }
}

TEST_CASE("piped answers: a client that takes nothing for too long is let go") {
  Limits limits;
  limits.write_timeout = 100;
  Server server(limits);
  PipedAnswer answer(server, 600, 60'000);
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    answer.Start(exchange, answer.length());
  };
  Client client(server, 4096);
  client.Send(Get("/"));
  REQUIRE(server.Until([&] { return server.handler.Saw("aborted"); }));
  REQUIRE(server.Until([&] { return server.listener->connections() == 0; }));
  CHECK(answer.pipes.open() == answer.pipes.spare());
}

TEST_CASE("piped answers: one that is cut short closes behind what there was") {
  Server server;
  PipedAnswer answer(server, 2, 60'000);
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    answer.Start(exchange, answer.length() + 1);
  };
  Client client(server);
  client.Send(Get("/"));
  const std::string all = client.ReadAll();
  CHECK(Contains(all, "content-length: 120001\r\n"));
  CHECK(all.ends_with(answer.text()));
  CHECK(answer.piped == 2);
}

TEST_CASE("piped answers: not where bytes are framed, sealed or thrown away") {
  const std::string way = GENERATE("chunked", "HEAD", "secured");
  nano::http::Endpoint endpoint;
  if (way == "secured") {
    endpoint = {.scheme = "https", .secure = [] {
                  return std::make_unique<ToySecureLayer>(ToySecureLayer::Side::kServer);
                }};
  }
  Server server({}, std::move(endpoint));
  PipedAnswer answer(server, 3, 60'000);
  bool asked = false;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    CHECK_FALSE(exchange.TakesPiped());
    asked = true;
    answer.Start(exchange,
                 way == "chunked" ? std::nullopt : std::optional<uint64_t>(answer.length()));
  };
  Client client(server);
  if (way == "secured") {
    nano::net::testing::ToyPeer peer(ToySecureLayer::Side::kClient);
    const auto exchange = [&] {
      if (!peer.outgoing.empty()) client.Send(std::exchange(peer.outgoing, {}));
      client.Poll();
      peer.Take(std::exchange(client.received, {}));
    };
    REQUIRE(server.Until([&] {
      exchange();
      return peer.layer().state() != nano::net::SecureLayer::State::kHandshake;
    }));
    peer.Send(Get("/"));
    REQUIRE(server.Until([&] {
      exchange();
      return Contains(peer.received, answer.text());
    }));
  } else {
    client.Send((way == "HEAD" ? way : "GET") +
                " / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    client.ReadAll();
  }
  CHECK(asked);
  CHECK(answer.piped == 0);
}

// Clients that take or send as little as they can: the least rates, and what is kept for all of
// them.
#include <map>

#include "tests/unit/http/http_fixture.h"
#include "tests/unit/http/refusals.h"

using namespace nano::http1::testing;
using nano::http::Limits;
using nano::http::Obstacle;
using nano::http::RequestHead;
using nano::http::ServerExchange;
using nano::http::SlowWith;

namespace {

constexpr size_t kMiB = size_t{1} << 20;
// More than any client here takes or sends in a timeout, a thousand bytes in each of the loop's
// turns.
constexpr uint64_t kNeverReached = 1000 * kMiB;

void ReadSome(Client& client, size_t size) {
  std::string part(size, 0);
  const ssize_t got = recv(client.fd(), part.data(), size, 0);
  if (got == 0 || (got < 0 && errno != EAGAIN)) client.ended = true;
}

void SendSome(Client& client, std::string_view part) {
  if (send(client.fd(), part.data(), part.size(), MSG_NOSIGNAL) < 0 && errno != EAGAIN) {
    client.ended = true;
  }
}

}  // namespace

TEST_CASE("slow: a response has to be taken at the least rate") {
  Limits limits;
  const bool bounded = GENERATE(true, false);
  limits.write_timeout = bounded ? 600 : 1000;
  limits.min_send_rate = bounded ? kNeverReached : 0;
  Server server(limits);
  const std::string body(64 * kMiB, 'b');
  const bool stream = GENERATE(false, true);
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    if (!stream) return exchange.Respond({}, body);
    exchange.StartBody({}, std::nullopt);
    exchange.WriteBody(body);
  };
  // Large enough for the system to tell of room as soon as there is some, not by its timers.
  Client client(server, 65536);
  client.Send(Get("/"));
  REQUIRE(server.Until([&] { return server.listener->connections() == 1; }));
  const auto begin = Clock::now();
  const bool cut = server.Until([&] {
    ReadSome(client, 4096);
    // Without a bound a byte is enough, for as long as the client likes.
    return client.ended || server.listener->connections() == 0 ||
           (!bounded && Clock::now() - begin > milliseconds(2500));
  });
  CHECK(cut);
  CHECK((server.listener->connections() == 0) == bounded);
  if (bounded) {
    CHECK(server.handler.errors == std::vector<int>{0});
    CHECK(Contains(server.handler.reasons.at(0), "too slowly"));
    CHECK(server.handler.Saw("aborted") == stream);
  }
  CHECK(server.handler.slow ==
        (bounded ? std::vector{SlowWith::kResponse} : std::vector<SlowWith>{}));
}

TEST_CASE("slow: who takes a response at the least rate gets all of it") {
  Limits limits;
  limits.write_timeout = 500;
  limits.min_send_rate = 1000;  // 500 bytes each time.
  Server server(limits);
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    exchange.Respond({}, std::string(16 * kMiB, 'b'));
  };
  Client client(server, 4096);
  client.Send(Get("/"));
  size_t taken = 0;
  for (int i = 0; i < 15; ++i) {
    server.Run(100);
    std::string part(10'000, 0);
    const ssize_t got = recv(client.fd(), part.data(), part.size(), 0);
    REQUIRE(got > 0);
    taken += static_cast<size_t>(got);
  }
  CHECK(server.Until([&] {
    client.Poll();
    taken += std::exchange(client.received, {}).size();
    return taken > 16 * kMiB;
  }));
  CHECK(server.listener->connections() == 1);
}

TEST_CASE("slow: a body has to come at the least rate") {
  Limits limits;
  limits.body_timeout = 200;
  const bool bounded = GENERATE(true, false);
  limits.min_receive_rate = bounded ? kNeverReached : 0;
  Server server(limits);
  const bool whole = GENERATE(true, false);
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    exchange.ReadBody(whole);
  };
  server.handler.on_body = [&](ServerExchange& exchange, std::string_view, bool last) {
    if (last) return exchange.Respond({}, "done");
    exchange.ReadBody(whole);
  };
  Client client(server);
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
  const auto begin = Clock::now();
  server.Until([&] {
    SendSome(client, "b");
    client.Poll();
    return client.ended || !client.received.empty() ||
           (!bounded && Clock::now() - begin > milliseconds(1000));
  });
  CHECK((client.received.rfind("HTTP/1.1 408 ", 0) == 0) == bounded);
  CHECK(server.handler.errors == (bounded ? std::vector<int>{408} : std::vector<int>{}));
  CHECK(server.handler.slow == (bounded ? std::vector{SlowWith::kBody} : std::vector<SlowWith>{}));
}

TEST_CASE("slow: a body that is late is told of once, though its response goes on") {
  Limits limits;
  limits.body_timeout = 100;
  limits.min_receive_rate = kNeverReached;
  Server server(limits);
  server.handler.on_request = [](ServerExchange& exchange, const RequestHead&) {
    exchange.StartBody({}, std::nullopt);
    exchange.ReadBody(false);
  };
  server.handler.on_body = [](ServerExchange& exchange, std::string_view, bool) {
    exchange.ReadBody(false);
  };
  server.handler.goes_on = true;
  Client client(server);
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
  REQUIRE(server.Until([&] {
    SendSome(client, "b");
    return server.handler.Saw("body error");
  }));
  for (int i = 0; i < 10; ++i) {
    SendSome(client, "b");
    server.Run(5);
  }
  CHECK(server.listener->connections() == 1);
  CHECK(server.handler.slow == std::vector{SlowWith::kBody});
}

TEST_CASE("slow: asking for a body bit by bit gives its client no more time") {
  Limits limits;
  limits.body_timeout = 300;
  const bool bounded = GENERATE(true, false);
  limits.min_receive_rate = bounded ? kNeverReached : 0;
  Server server(limits);
  ServerExchange* asked = nullptr;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    exchange.ReadBody(false);
  };
  server.handler.on_body = [&](ServerExchange& exchange, std::string_view, bool) {
    asked = &exchange;
  };
  Client client(server);
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
  // The app asks for more a while after each byte, and the client sends it in half the time it has.
  for (int i = 0; i < 8 && client.received.empty(); ++i) {
    server.Run(150);
    SendSome(client, "b");
    CHECK(server.Until([&] {
      client.Poll();
      return asked != nullptr || !client.received.empty();
    }));
    server.Run(20);
    client.Poll();
    if (client.received.empty()) std::exchange(asked, nullptr)->ReadBody(false);
  }
  CHECK((client.received.rfind("HTTP/1.1 408 ", 0) == 0) == bounded);
}

TEST_CASE("slow: what is kept for clients that do not read is bounded") {
  Limits limits;
  limits.buffer_bytes = 16 * kMiB;
  Server server(limits);
  Refusals refusals;
  const std::string body(20 * kMiB, 'b');
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead& head) {
    exchange.refuser = &refusals;
    exchange.Respond({}, head.target == "/small" ? "hello" : body);
    refusals.Answer();
  };
  // One gets it, since there is room when it asks; then there is none.
  Client first(server, 4096);
  first.Send(Get("/"));
  CHECK(server.Until([&] { return server.handler.events.size() == 1; }));
  server.Run(20);
  Client second(server, 4096);
  second.Send(Get("/"));
  CHECK(Contains(second.Read("refused"), "HTTP/1.1 503 "));
  REQUIRE(refusals.seen.size() == 1);
  CHECK(refusals.seen[0].kind == Obstacle::Kind::kOverload);
  CHECK(refusals.seen[0].limit == 16 * kMiB);
  CHECK(refusals.seen[0].used >= 16 * kMiB);
  // Answers that take no room are given.
  second.Send(Get("/small"));
  CHECK(Contains(second.Read("hello"), "HTTP/1.1 200 "));
  // The one that does not read is cut after a while, and others have their turn.
  CHECK(server.Until([&] { return server.listener->connections() == 1; }));
  CHECK(server.handler.errors == std::vector<int>{0});
  CHECK(server.handler.slow == std::vector{SlowWith::kKept});
  CHECK(Contains(server.handler.reasons.at(0), "buffer_bytes"));
  second.Send(Get("/"));
  size_t got = 0;
  CHECK(server.Until([&] {
    second.Poll();
    got += std::exchange(second.received, {}).size();
    return got > body.size();
  }));
  CHECK(refusals.seen.size() == 1);
}

TEST_CASE("slow: of those who wait, the slowest is cut") {
  Limits limits;
  limits.buffer_bytes = 24 * kMiB;
  Server server(limits);
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    exchange.Respond({}, std::string(16 * kMiB, 'b'));
  };
  Client reads(server, 65536);
  Client sleeps(server, 4096);
  reads.Send(Get("/"));
  sleeps.Send(Get("/"));
  REQUIRE(server.Until([&] { return server.handler.events.size() == 2; }));
  // The first takes some now and then, but not what it could.
  CHECK(server.Until([&] {
    ReadSome(reads, 100);
    return server.listener->connections() == 1;
  }));
  CHECK_FALSE(reads.ended);
  sleeps.ReadAll();
}

TEST_CASE("slow: streams wait for their clients sooner when much is kept") {
  Limits limits;
  limits.buffer_bytes = 8 * kMiB;
  Server server(limits);
  bool room = true;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead& head) {
    if (head.target == "/whole") return exchange.Respond({}, std::string(16 * kMiB, 'b'));
    exchange.StartBody({}, std::nullopt);
    room = exchange.WriteBody(std::string(1000, 'b'));
  };
  Client stream(server);
  stream.Send(Get("/stream"));
  CHECK(Contains(stream.Read("bbb"), "HTTP/1.1 200 "));
  CHECK(room);
  Client whole(server, 4096);
  whole.Send(Get("/whole"));
  CHECK(server.Until([&] { return server.handler.events.size() == 2; }));
  // Nothing waits for this one, so that it is not stopped.
  Client other(server);
  other.Send(Get("/stream"));
  CHECK(Contains(other.Read("bbb"), "HTTP/1.1 200 "));
}

TEST_CASE("slow: what is kept of bodies that are not whole is bounded") {
  Limits limits;
  limits.buffer_bytes = 4 * kMiB;
  Server server(limits);
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    exchange.ReadBody(/*whole=*/true);
  };
  server.handler.on_body = [&](ServerExchange& exchange, std::string_view body, bool) {
    exchange.Respond({}, "got " + std::to_string(body.size()));
  };
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n";
  Client first(server);
  first.Send(head + std::string(3'000'000, 'b'));
  Client second(server);
  second.Send(head);
  // It is refused when there is no more room.
  CHECK(server.Until([&] {
    SendSome(second, std::string(100'000, 'b'));
    second.Poll();
    return second.ended || !second.received.empty();
  }));
  CHECK(second.received.rfind("HTTP/1.1 503 ", 0) == 0);
  CHECK(server.handler.Saw("aborted"));
  // What was kept of it is free for others.
  Client third(server);
  third.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" +
             std::string(300'000, 'b'));
  CHECK(Contains(third.Read("got 300000"), "HTTP/1.1 200 "));
}

TEST_CASE("slow: a body is bounded for its request, and who answers says what it is told") {
  struct Told final : nano::http::Responder {
    void OnBody(ServerExchange& exchange, std::string_view, bool) override {
      exchange.Respond({}, "fits");
    }
    void OnBodyError(ServerExchange&, std::string_view) override {}
    bool OnBodyRefused(ServerExchange& exchange, const Obstacle& obstacle,
                       std::string_view) override {
      limit = obstacle.limit;
      used = obstacle.used;
      exchange.Respond({.status = 413}, "mine");
      return true;
    }
    void OnDrain(ServerExchange&) override {}
    void OnAborted(ServerExchange&) override { aborted = true; }
    uint64_t limit = 0, used = 0;
    bool aborted = false;
  } told;
  Limits limits;
  limits.body_bytes = 5;
  limits.handler_bounds_bodies = true;
  Server server(limits);
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    exchange.responder = &told;
    exchange.LimitBody(10);
    exchange.ReadBody(true);
  };
  const auto chunked = [](const std::string& size) {
    return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + size + "\r\n";
  };
  Client fits(server);
  fits.Send(chunked("a") + "0123456789\r\n0\r\n\r\n");
  CHECK(Contains(fits.Read("fits"), "HTTP/1.1 200 "));
  Client over(server);
  over.Send(chunked("b") + "0123456789a\r\n0\r\n\r\n");
  const std::string all = over.ReadAll();
  CHECK(Contains(all, "HTTP/1.1 413 "));
  CHECK(Contains(all, "connection: close\r\n"));
  CHECK(Contains(all, "mine"));
  CHECK(told.limit == 10);
  CHECK(told.used == 11);
  CHECK_FALSE(told.aborted);
  CHECK(server.handler.errors.empty());
}

TEST_CASE("slow: a response that is larger than it may be reaches nobody") {
  Server server;
  Refusals refusals;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead& head) {
    exchange.refuser = &refusals;
    exchange.response_limit = 10;
    const std::string_view target = head.target;
    if (target == "/fits") exchange.Respond({}, "0123456789");
    if (target == "/whole") exchange.Respond({}, "0123456789a");
    if (target == "/announced" || target == "/stream") {
      exchange.streams = true;
      exchange.StartBody({}, target == "/stream" ? std::nullopt : std::optional<uint64_t>(11));
      exchange.WriteBody("01234");
      CHECK(exchange.WriteBody("56789a") == exchange.refused);
      exchange.EndBody();
    }
    refusals.Answer();
  };
  Client client(server);
  client.Send(Get("/fits"));
  CHECK(Contains(client.Read("0123456789"), "HTTP/1.1 200 "));
  for (const std::string target : {"/whole", "/announced"}) {
    CAPTURE(target);
    client.Send(Get(target));
    const std::string answer = client.Read("refused");
    CHECK(answer.rfind("HTTP/1.1 503 ", 0) == 0);
    CHECK_FALSE(Contains(answer, "0123"));
  }
  client.Send(Get("/stream"));
  const std::string cut = client.ReadAll();
  CHECK(Contains(cut, "5\r\n01234\r\n"));
  CHECK_FALSE(Contains(cut, "56789"));
  CHECK_FALSE(Contains(cut, "\r\n0\r\n"));
  CHECK(refusals.seen.size() == 3);
  for (const Obstacle& obstacle : refusals.seen) CHECK(obstacle.used == 11);
}

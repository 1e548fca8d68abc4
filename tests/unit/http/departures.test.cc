// Connections that leave for another process, and those that come from one: heads as they were
// understood, input as it was read, answers in their order.
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "http/http1/head_text.h"
#include "http/http1/parser.h"
#include "tests/unit/http/http_fixture.h"

namespace nano::http1 {
namespace {

using testing::Client;
using testing::Get;
using testing::Server;

// What is read of a head, as text.
std::string Understood(const ParsedHead& head) {
  std::string text(head.method);
  text.append("|").append(head.authority).append("|").append(head.target).append("|");
  text.append(head.headers).append(head.http10 ? "|1.0" : "|1.1");
  text.append(head.keep_alive ? " keeps" : " closes").append(head.expects_continue ? " 100" : "");
  return text.append(head.chunked ? " chunked " : " ") + std::to_string(head.content_length);
}

struct Read {
  std::string understood, again;
  int status = 0;
};

Read HeadOf(const std::string& input, const http::Limits& limits) {
  net::BufferPool pool;
  Parser parser(limits, pool);
  const Parser::Step step = parser.Parse(input);
  Read read{.status = step.status};
  if (step.event != Parser::Event::kHead) return read;
  read.understood = Understood(parser.head());
  AppendRequestHead(read.again, parser.head());
  return read;
}

TEST_CASE("a head as text again is understood as before, and is no longer", "[departures]") {
  const std::string heads[] = {
      "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n",
      "GET /x?y=%20z HTTP/1.1\r\nHOST:a.test:8080\r\nX-A:  spaced \t\r\nX-A:\r\nx:\xe4\r\n\r\n",
      "GET http://b.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n",
      "GET http://b.test HTTP/1.1\r\nHost: a.test\r\n\r\n",
      "GET https://b.test?q HTTP/1.1\r\nHost: a.test\r\n\r\n",
      "GET http://a.test/same HTTP/1.1\r\nHost: a.test\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n",
      "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
      "HEAD / HTTP/1.0\r\n\r\n",
      "GET http://b.test/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
      "DELETE / HTTP/1.1\r\nX-Hostile: host\r\nx: y\r\nHost: a\r\n\r\n",
  };
  for (const std::string& head : heads) {
    CAPTURE(head);
    http::Limits limits;
    limits.header_bytes = head.size();  // Just enough for it.
    const Read first = HeadOf(head, limits);
    REQUIRE(first.status == 0);
    CHECK(first.again.size() <= head.size());
    const Read second = HeadOf(first.again, limits);
    CHECK(second.understood == first.understood);
    CHECK(second.again == first.again);
  }
}

// Has requests for "/away…" leave, and answers all others by their targets.
class Host {
 public:
  explicit Host(http::Limits limits = {}) : server(limits) {
    server.handler.on_request = [this](http::ServerExchange& exchange,
                                       const http::RequestHead& head) {
      const std::string target(head.target);
      if (target.starts_with("/away")) {
        departs = exchange.Depart(
            [this](http::Departure departure) { gone.push_back(std::move(departure)); });
        if (departs) return;
      }
      if (head.has_body) {
        asked = target;
        return exchange.ReadBody(true);
      }
      exchange.Respond({.status = 200}, target == "/large" ? std::string(3 << 20, 'l') : target);
    };
    server.handler.on_body = [this](http::ServerExchange& exchange, std::string_view body, bool) {
      exchange.Respond({.status = 200}, asked + " of " + std::to_string(body.size()));
    };
  }

  Server server;
  std::vector<http::Departure> gone;
  std::string asked;
  bool departs = false;
};

TEST_CASE("a connection leaves with its request and all that was read behind it", "[departures]") {
  Host host;
  Client client(host.server);
  const std::string away = "POST /away HTTP/1.1\r\nhost:a\r\ncontent-length:5\r\n\r\n";
  SECTION("in one piece") { client.Send(Get("/first") + away + "hello" + Get("/behind")); }
  SECTION("byte by byte, the head") {
    client.Send(Get("/first"));
    for (const char byte : away) {
      client.Send(std::string(1, byte));
      host.server.Run(1);
    }
    client.Send("hello" + Get("/behind"));
  }
  REQUIRE(host.server.Until([&] { return !host.gone.empty(); }));
  client.Read("/first");
  REQUIRE(host.server.Until([&] { return host.server.listener->connections() == 0; }));
  const std::string& input = host.gone[0].input;
  CHECK(input.starts_with(away));
  // Another process, here played by the same one.
  host.server.listener->Adopt(std::move(host.gone[0].socket), input, /*stays=*/true);
  client.Read("/away of 5");
  client.Read("/behind");
  CHECK(host.server.listener->connections() == 1);
}

TEST_CASE("who keeps a record of a request is told that it leaves", "[departures]") {
  struct Record final : http::ExchangeObserver {
    void OnEnded(http::Exchange&, http::Ending) override { ++ended; }
    void OnLeft(http::Exchange&) override { ++left; }
    int ended = 0;
    int left = 0;
  } record;
  Host host;
  const auto answer = std::move(host.server.handler.on_request);
  host.server.handler.on_request = [&](http::ServerExchange& exchange,
                                       const http::RequestHead& head) {
    exchange.recorder = &record;
    answer(exchange, head);
  };
  Client client(host.server);
  client.Send(Get("/first") + Get("/away"));
  REQUIRE(host.server.Until([&] { return !host.gone.empty(); }));
  CHECK(record.ended == 1);
  CHECK(record.left == 1);
}

TEST_CASE("a connection does not leave before its client has all earlier answers", "[departures]") {
  Host host;
  Client client(host.server, 4096);
  client.Send(Get("/large") + Get("/away"));
  host.server.Run(100);
  CHECK(host.gone.empty());
  std::string got;
  REQUIRE(host.server.Until([&] {
    client.Poll();
    return !host.gone.empty();
  }));
  REQUIRE(host.server.Until([&] {
    client.Poll();
    return client.received.size() > (3 << 20);
  }));
  host.server.listener->Adopt(std::move(host.gone[0].socket), host.gone[0].input, true);
  client.Read("/away");
}

TEST_CASE("a client that does not read before it leaves, or goes, is cut and given to nobody",
          "[departures]") {
  http::Limits limits;
  limits.write_timeout = 50;
  Host host(limits);
  Client client(host.server, 4096);
  client.Send(Get("/large") + Get("/away"));
  SECTION("it does not read") {}
  SECTION("it goes") {
    host.server.Run(20);
    client.Close(/*reset=*/true);
  }
  REQUIRE(host.server.Until([&] { return host.server.listener->connections() == 0; }));
  CHECK(host.gone.empty());
}

TEST_CASE("a request that has come back stays, and the next one may leave", "[departures]") {
  Host host;
  Client client(host.server);
  client.Send(Get("/away"));
  REQUIRE(host.server.Until([&] { return !host.gone.empty(); }));
  host.server.listener->Adopt(std::move(host.gone[0].socket), host.gone[0].input, true);
  CHECK_FALSE(host.departs);
  client.Read("/away");
  client.Send(Get("/away/again"));
  REQUIRE(host.server.Until([&] { return host.gone.size() == 2; }));
}

TEST_CASE("what a client has ended stays ended where its connection goes", "[departures]") {
  Host host;
  Client client(host.server);
  client.Send(Get("/away"));
  client.ShutdownWrite();
  REQUIRE(host.server.Until([&] { return !host.gone.empty(); }));
  host.server.listener->Adopt(std::move(host.gone[0].socket), host.gone[0].input, true);
  client.Read("/away");
  client.ReadAll();
}

TEST_CASE("idle connections are passed on, and others as soon as they are idle", "[departures]") {
  Host host;
  Client fresh(host.server), asked(host.server), halfway(host.server);
  asked.Send(Get("/a"));
  asked.Read("/a");
  halfway.Send("GET /half HTTP/1.1\r\n");
  REQUIRE(host.server.Until([&] { return host.server.listener->connections() == 3; }));
  host.server.Run(20);
  host.server.listener->PassOn(
      [&](http::Departure departure) { host.gone.push_back(std::move(departure)); });
  REQUIRE(host.gone.size() == 2);
  for (const http::Departure& departure : host.gone) CHECK(departure.input.empty());
  halfway.Send("Host: a\r\n\r\n");
  REQUIRE(host.server.Until([&] { return host.gone.size() == 3; }));
  halfway.Read("/half");
  CHECK(host.server.Until([&] { return host.server.listener->connections() == 0; }));
}

}  // namespace
}  // namespace nano::http1

// Clients that have sent less than a request, or what nobody has read yet.
#include "tests/unit/http/http_fixture.h"

using namespace nano::http1::testing;
using nano::http::Limits;
using nano::http::RequestHead;
using nano::http::ServerExchange;
using nano::http::SlowWith;

namespace {

void Hello(ServerExchange& exchange, const RequestHead& head) {
  exchange.Respond({}, "hello " + std::string(head.target));
}

}  // namespace

TEST_CASE("input: a client whose head does not come is told so, and counted as such") {
  Limits limits;
  limits.header_timeout = limits.idle_timeout = 80;
  Server server(limits);
  server.handler.on_request = Hello;
  Client client(server);
  client.Send("GET / HTTP/1.1\r\nHost: a");
  CHECK(Contains(client.ReadAll(), "HTTP/1.1 408 "));
  CHECK(server.handler.slow == std::vector{SlowWith::kHead});
  // One that says nothing at all is no slow client.
  Client silent(server);
  CHECK(silent.ReadAll().empty());
  CHECK(server.handler.slow.size() == 1);
}

TEST_CASE("input: connections whose input nobody has read are found from outside") {
  Server server;
  server.handler.on_request = Hello;
  Client silent(server);
  Client asks(server);
  asks.Send(Get("/1"));
  CHECK(Contains(asks.Read("hello /1"), "HTTP/1.1 200 "));
  REQUIRE(server.Until([&] { return server.listener->connections() == 2; }));
  CHECK(server.listener->CountUnread() == 0);
  // While the loop has no time.
  const std::string request = Get("/2");
  REQUIRE(send(asks.fd(), request.data(), request.size(), 0) > 0);
  CHECK(server.listener->CountUnread() == 1);
  CHECK(Contains(asks.Read("hello /2"), "HTTP/1.1 200 "));
  CHECK(server.listener->CountUnread() == 0);
  // What was read of a request that is not whole is no less lost.
  silent.Send("GET / HTTP/1.1\r\nHo");
  CHECK(server.Until([&] { return server.listener->CountUnread() == 1; }));
  server.Run(5);
  CHECK(server.listener->CountUnread() == 1);
  silent.Send("st: a\r\n\r\n");
  CHECK(Contains(silent.Read("hello /"), "HTTP/1.1 200 "));
  CHECK(server.listener->CountUnread() == 0);
  REQUIRE(send(asks.fd(), request.data(), request.size(), 0) > 0);
  asks.Close();
  CHECK(server.Until([&] { return server.listener->connections() == 1; }));
  CHECK(server.listener->CountUnread() == 0);
}

TEST_CASE("input: news of a request waits for its turn, and its client is not late meanwhile") {
  Limits limits;
  limits.body_timeout = 100;
  Server server(limits);
  server.handler.on_request = [](ServerExchange& exchange, const RequestHead&) {
    exchange.ReadBody(/*whole=*/false);
  };
  server.handler.on_body = [](ServerExchange& exchange, std::string_view body, bool) {
    exchange.Respond({}, std::string(body));
  };
  Client client(server);
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
  REQUIRE(server.Until([&] { return !server.handler.events.empty(); }));
  server.handler.has_turn = false;
  client.Send("body");
  server.Run(300);
  CHECK(server.handler.errors.empty());
  CHECK_FALSE(server.handler.Saw("body 4 last"));
  server.handler.has_turn = true;
  CHECK(Contains(client.Read("body"), "HTTP/1.1 200 "));
}

TEST_CASE("input: a byte while others have their turn gives its client no more time") {
  Limits limits;
  limits.body_timeout = 1000;
  limits.min_receive_rate = uint64_t{1} << 30;  // More than these.
  Server server(limits);
  server.handler.on_request = [](ServerExchange& exchange, const RequestHead&) {
    exchange.ReadBody(/*whole=*/false);
  };
  size_t parts = 0;
  server.handler.on_body = [&](ServerExchange& exchange, std::string_view, bool) {
    ++parts;
    exchange.ReadBody(/*whole=*/false);
  };
  Client client(server);
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
  REQUIRE(server.Until([&] { return !server.handler.events.empty(); }));
  const auto ended = [&] {
    client.Poll();
    return !client.received.empty();
  };
  for (size_t sent = 1; sent <= 8 && !ended(); ++sent) {
    server.Run(260);
    server.handler.has_turn = false;
    client.Send("b");
    server.Run(20);
    server.handler.has_turn = true;
    CHECK(server.Until([&] { return parts == sent || ended(); }));
  }
  CHECK(client.received.rfind("HTTP/1.1 408 ", 0) == 0);
}

TEST_CASE("input: that a client has left waits for its turn, too") {
  Server server;
  server.handler.on_request = [](ServerExchange&, const RequestHead&) {};
  Client client(server);
  client.Send(Get("/"));
  REQUIRE(server.Until([&] { return !server.handler.events.empty(); }));
  server.handler.has_turn = false;
  client.Close(/*reset=*/true);
  server.Run(50);
  CHECK_FALSE(server.handler.Saw("aborted"));
  server.handler.has_turn = true;
  CHECK(server.Until([&] { return server.handler.Saw("aborted"); }));
}

TEST_CASE("input: that a client takes more of a stream waits for its turn") {
  Server server;
  ServerExchange* stream = nullptr;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    exchange.StartBody({}, std::nullopt);
    CHECK_FALSE(exchange.WriteBody(std::string(8 << 20, 'b')));
    stream = &exchange;
  };
  server.handler.on_drain = [](ServerExchange& exchange) { exchange.EndBody(); };
  Client client(server);
  client.Send(Get("/"));
  REQUIRE(server.Until([&] { return stream != nullptr; }));
  server.handler.has_turn = false;
  REQUIRE(server.Until([&] {
    client.Poll();
    return client.received.size() > (8 << 20);
  }));
  server.Run(20);
  CHECK_FALSE(server.handler.Saw("drain"));
  server.handler.has_turn = true;
  CHECK(server.Until([&] { return server.handler.Saw("drain"); }));
  client.Read("\r\n0\r\n\r\n");
}

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
  REQUIRE(send(asks.fd(), request.data(), request.size(), 0) > 0);
  asks.Close();
  CHECK(server.Until([&] { return server.listener->connections() == 1; }));
  CHECK(server.listener->CountUnread() == 0);
}

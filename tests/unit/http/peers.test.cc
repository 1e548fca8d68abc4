// The peer of a connection: by the address that it had when it was accepted, in one spelling.
#include "tests/unit/http/http_fixture.h"

namespace nano::http1::testing {
namespace {

TEST_CASE("a peer's address is known when it is gone") {
  Server server;
  Client client(server);
  std::string peer;
  server.handler.on_request = [&](http::ServerExchange& exchange, const http::RequestHead&) {
    // From here on the system does not tell it.
    client.Close(/*reset=*/true);
    peer = exchange.peer();
    exchange.Respond({}, "");
  };
  client.Send(Get("/"));
  CHECK(server.Until([&] { return !peer.empty(); }));
  CHECK(peer == "127.0.0.1");
}

TEST_CASE("an IPv4 client of a socket of IPv6 has an IPv4 address") {
  Server server;
  const int listening = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
  REQUIRE(listening >= 0);
  const int off = 0;
  REQUIRE(setsockopt(listening, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  // ::ffff:127.0.0.1
  address.sin6_addr.s6_addr[10] = address.sin6_addr.s6_addr[11] = 0xff;
  address.sin6_addr.s6_addr[12] = 127;
  address.sin6_addr.s6_addr[15] = 1;
  socklen_t size = sizeof address;
  REQUIRE(bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  REQUIRE(server.listener->Listen(listening).ok());
  server.port = address.sin6_port;
  server.handler.on_request = [](http::ServerExchange& exchange, const http::RequestHead&) {
    exchange.Respond({}, exchange.peer());
  };
  Client client(server);
  client.Send(Get("/"));
  client.Read("\r\n\r\n127.0.0.1");
}

}  // namespace
}  // namespace nano::http1::testing

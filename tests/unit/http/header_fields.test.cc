// Responses whose header fields are larger than any response's may be.
#include "tests/unit/http/http_fixture.h"
#include "tests/unit/http/refusals.h"

using namespace nano::http1::testing;
using nano::http::Obstacle;
using nano::http::RequestHead;
using nano::http::ServerExchange;

TEST_CASE("header fields beyond all measure are not taken") {
  Server server;
  Refusals refusals;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead& head) {
    const size_t size = head.target == "/most" ? 100'000 : 200'000;
    const std::string fields = "x: " + std::string(size, 'f') + "\r\n";
    exchange.refuser = &refusals;
    if (head.target == "/stream") {
      exchange.StartBody({.headers = fields}, {});
    } else {
      exchange.Respond({.headers = fields}, "hello");
    }
    refusals.Answer();
  };
  Client client(server);
  client.Send(Get("/most"));
  CHECK(Contains(client.Read("hello"), "HTTP/1.1 200 "));
  for (const char* target : {"/more", "/stream"}) {
    client.received.clear();
    client.Send(Get(target));
    CHECK(Contains(client.Read("refused"), "HTTP/1.1 503 "));
  }
  REQUIRE(refusals.seen.size() == 2);
  CHECK(refusals.seen[0].kind == Obstacle::Kind::kFields);
  CHECK(refusals.seen[0].limit == 128 * 1024);
  CHECK(refusals.seen[0].used > 200'000);
}

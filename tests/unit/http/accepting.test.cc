// Who waits to be accepted behind a crowd.
#include "tests/unit/http/http_fixture.h"

using namespace nano::http1::testing;
using nano::http::RequestHead;
using nano::http::ServerExchange;

TEST_CASE("accepting: all that wait are taken at once where that is asked for") {
  Server server;
  server.handler.on_request = [](ServerExchange& exchange, const RequestHead&) {
    exchange.Respond({}, "hello");
  };
  std::vector<std::unique_ptr<Client>> crowd;
  for (int i = 0; i < 500; ++i) crowd.push_back(std::make_unique<Client>(server));
  Client last(server);
  CHECK(send(last.fd(), Get("/").data(), Get("/").size(), MSG_NOSIGNAL) > 0);
  // One turn takes some of them.
  uv_run(&server.loop, UV_RUN_NOWAIT);
  const size_t some = server.listener->connections();
  CHECK(some > 0);
  CHECK(some < 500);
  server.listener->AcceptWaiting();
  CHECK(server.listener->connections() == 501);
  // And in the next one it is read.
  uv_run(&server.loop, UV_RUN_NOWAIT);
  last.Poll();
  CHECK(Contains(last.received, "hello"));
}

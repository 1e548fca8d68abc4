// What the log says of clients that break the rules.
#include "server/worker/protocol_error_log.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/runtime/test_exchange.h"

namespace nano::server {
namespace {

TEST_CASE("a refused request is told from a connection that was cut") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  LogSink sink(ends[1]);
  Log log(sink, LogFormat::kText);
  ProtocolErrorLog errors(log);
  errors.Add(0, {.status = 400, .reason = "the head is malformed", .peer = "127.0.0.1"}, {});
  errors.Add(0, {.reason = "its security failed: no", .peer = "::1"}, {});
  std::string text(4096, '\0');
  text.resize(static_cast<size_t>(read(ends[0], text.data(), text.size())));
  CHECK(text.find("refused a request: the head is malformed") != std::string::npos);
  CHECK(text.find("400") != std::string::npos);
  CHECK(text.find("cut a connection: its security failed: no") != std::string::npos);
  CHECK(text.find("status=0") == std::string::npos);
  CHECK(text.find("unsent") == std::string::npos);
  runtime::testing::TestExchange exchange;
  exchange.request_id = 0xabc;
  errors.Add(0,
             {.reason = "its client takes the response too slowly",
              .peer = "::1",
              .with = "write_timeout",
              .exchange = &exchange,
              .sent = 7,
              .unsent = 9},
             "shop");
  text.assign(4096, '\0');
  text.resize(static_cast<size_t>(read(ends[0], text.data(), text.size())));
  CAPTURE(text);
  CHECK(text.find("shop: cut a connection: its client takes") != std::string::npos);
  CHECK(text.find("request_id=0000000000000abc  reason=write_timeout  sent=7  unsent=9") !=
        std::string::npos);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace nano::server

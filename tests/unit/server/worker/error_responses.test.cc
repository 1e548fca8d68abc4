// Tests of the server's own answers.
#include "server/worker/error_responses.h"

#include <catch2/catch.hpp>
#include <optional>
#include <string>

namespace nano::server {
namespace {

// Keeps what it is answered with.
struct RecordingExchange final : http::ServerExchange {
  void ReadBody(bool) override { FAIL("nobody reads"); }
  void Respond(const http::ResponseHead& head, std::string_view body) override {
    status = head.status;
    headers = head.headers;
    text = body;
  }
  void StartBody(const http::ResponseHead&, std::optional<uint64_t>) override { FAIL("whole"); }
  bool WriteBody(std::string_view) override { return false; }
  void EndBody() override {}
  void Fail() override { FAIL("answered"); }
  std::string_view peer() override { return "127.0.0.1"; }
  void RespondError(int with, std::string_view why) override {
    status = with;
    text = why;
  }

  std::string headers;
  std::string text;
};

TEST_CASE("a host that no app answers for is named") {
  RecordingExchange exchange;
  RespondUnknownHost(exchange, "x.test:8080");
  CHECK(exchange.status == 404);
  CHECK(exchange.text.find("\"x.test:8080\"") != std::string::npos);
}

}  // namespace
}  // namespace nano::server

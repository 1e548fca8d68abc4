// Tests of the server's own answers.
#include "server/worker/error_responses.h"

#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "base/json.h"

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
  const auto body = Json::Parse(exchange.text);
  REQUIRE(body.ok());
  CHECK(body->Find("detail")->text()->find("\"x.test:8080\"") != std::string::npos);
  CHECK(*body->Find("type") == Json("urn:nano:problem:unknown-host"));
  CHECK(*body->Find("status") == Json(404));
  CHECK(body->Find("request_id")->text()->size() == 16);
  CHECK(exchange.headers.find("content-type: application/problem+json\r\n") != std::string::npos);
  CHECK(exchange.headers.find("nano-error: unknown-host\r\n") != std::string::npos);
  // Strangers must not be able to have a line each in a sampled access log.
  CHECK(exchange.refusal == nullptr);
}

TEST_CASE("who comes too late for an app is told so as a program reads it") {
  RecordingExchange exchange;
  RespondLeaving(exchange, "shop");
  CHECK(exchange.status == 503);
  // Elsewhere it would be a field, and close nothing (http/message.h).
  CHECK(exchange.headers.starts_with("connection: close\r\n"));
  const auto body = Json::Parse(exchange.text);
  REQUIRE(body.ok());
  CHECK(*body->Find("type") == Json("urn:nano:problem:app-removed"));
  CHECK(*body->Find("app") == Json("shop"));
  for (const char* field : {"nano-error: app-removed\r\n", "connection: close\r\n",
                            "retry-after: 1\r\n", "cache-control: no-store\r\n"}) {
    CHECK(exchange.headers.find(field) != std::string::npos);
  }
  CHECK(std::string(exchange.refusal) == "app-removed");
}

}  // namespace
}  // namespace nano::server

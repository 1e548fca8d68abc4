// Both ends of a call between apps: what reaches which end, when, and who may leave.
#include "server/outbound/service_call.h"

#include <uv.h>

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace nano::server {
namespace {

class TestCaller final : public http::Caller {
 public:
  void OnHead(const http::CallResponse& response) override {
    status = response.status;
    status_text = response.status_text;
    headers = response.headers;
    has_body = response.has_body;
    coded = response.coded;
    length = response.length;
    Told();
  }
  void OnBody(std::string_view part) override {
    body += part;
    ++parts;
    Told();
  }
  void OnEnd() override { ended = true, Told(); }
  void OnFailed(const http::Failure& failure) override { failed = failure.code, Told(); }
  void OnDrained() override { ++drained, Told(); }

  std::function<void()> then;
  int told = 0;
  int status = 0;
  std::string status_text, headers, body, failed;
  bool has_body = false, coded = false, ended = false;
  std::optional<uint64_t> length;
  int parts = 0, drained = 0;

 private:
  void Told() {
    ++told;
    if (then) then();
  }
};

// An app that does what the test says.
class TestApp final : public http::Responder {
 public:
  void OnRequest(http::ServerExchange& given, const http::RequestHead& head) {
    exchange = &given;
    given.responder = this;
    method = head.method;
    url = std::string(head.scheme) + "://" + std::string(head.authority) + std::string(head.target);
    headers = head.headers;
    has_body = head.has_body;
    if (answer) answer(given);
  }
  void OnBody(http::ServerExchange&, std::string_view part, bool last) override {
    body += part;
    ++parts;
    ended = last;
  }
  void OnBodyError(http::ServerExchange&, std::string_view) override { FAIL("no such thing here"); }
  void OnDrain(http::ServerExchange&) override { ++drained; }
  void OnAborted(http::ServerExchange&) override {
    ++aborted;
    exchange = nullptr;
  }

  std::function<void(http::ServerExchange&)> answer;
  http::ServerExchange* exchange = nullptr;
  std::string method, url, headers, body;
  bool has_body = false, ended = false;
  int parts = 0, drained = 0, aborted = 0;
};

class Fixture {
 public:
  Fixture() {
    uv_loop_init(&loop_);
    later.emplace(&loop_);
  }
  ~Fixture() {
    call.reset();
    Run();
    later.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop_) == 0);
  }

  void Call(http::CallRequest request = {}) {
    request.scheme = "http";
    request.authority = "orders";
    if (request.method.empty()) request.method = "GET";
    request.target = "/a?b";
    call = StartServiceCall(
        *later,
        [this](http::ServerExchange& exchange, const http::RequestHead& head) {
          app.OnRequest(exchange, head);
        },
        request, caller);
  }
  // Until nothing is to be told any more.
  void Run() { uv_run(&loop_, UV_RUN_DEFAULT); }

  TestCaller caller;
  TestApp app;
  std::optional<net::Later> later;
  std::unique_ptr<http::Call> call;

 private:
  uv_loop_t loop_;
};

using Body = http::CallRequest::Body;

const std::string kMuch(300 * 1024, 'x');

}  // namespace

TEST_CASE("a call and its answer, neither told within the other's turn") {
  Fixture test;
  const auto tally = std::make_shared<int>();
  test.Call({.headers = "x-a: 1\r\nconnection: close\r\n", .depth = 3, .tally = tally});
  CHECK(test.app.exchange == nullptr);
  test.Run();
  REQUIRE(test.app.exchange != nullptr);
  CHECK(test.app.method == "GET");
  CHECK(test.app.url == "http://orders/a?b");
  CHECK(test.app.headers == "host\norders\nx-a\n1\n");
  CHECK_FALSE(test.app.has_body);
  CHECK(test.app.exchange->depth == 4);
  CHECK(test.app.exchange->tally() == tally);
  test.app.exchange->Respond({.status = 201, .headers = "x-b: 2\r\n"}, "text");
  CHECK(test.caller.told == 0);
  test.Run();
  CHECK(test.caller.status == 201);
  CHECK_FALSE(test.caller.coded);
  CHECK(test.caller.status_text == "Created");
  CHECK(test.caller.headers == "x-b\n2\ncontent-length\n4\n");
  CHECK(test.caller.has_body);
  CHECK(test.caller.length == 4);
  CHECK(test.caller.told == 1);
  test.call->Read();
  CHECK(test.caller.parts == 0);
  test.Run();
  CHECK(test.caller.body == "text");
  test.call->Read();
  test.Run();
  CHECK(test.caller.ended);
}

TEST_CASE("a request's body reaches the app, with its length") {
  Fixture test;
  test.Call({.method = "POST", .body_kind = Body::kWhole, .body = "content"});
  test.Run();
  CHECK(test.app.has_body);
  CHECK(test.app.exchange->body_length() == 7);
  CHECK(test.app.headers == "host\norders\ncontent-length\n7\n");
  CHECK(test.app.parts == 0);
  test.app.exchange->ReadBody(true);
  CHECK(test.app.parts == 0);
  test.Run();
  CHECK(test.app.body == "content");
  CHECK(test.app.ended);
}

TEST_CASE("a request without a body, and one with an empty one, end when they are read") {
  for (const Body kind : {Body::kNone, Body::kWhole}) {
    Fixture test;
    test.Call({.method = "POST", .body_kind = kind});
    test.Run();
    CHECK_FALSE(test.app.has_body);
    test.app.exchange->ReadBody(false);
    test.Run();
    CHECK(test.app.parts == 1);
    CHECK(test.app.body.empty());
    CHECK(test.app.ended);
  }
}

TEST_CASE("the host that the caller names is the app's") {
  Fixture test;
  test.Call({.host = "named.test"});
  test.Run();
  CHECK(test.app.url == "http://named.test/a?b");
  CHECK(test.app.headers == "host\nnamed.test\n");
}

TEST_CASE("a stream of a request goes at the speed of the app that reads it") {
  Fixture test;
  test.Call({.method = "POST", .body_kind = Body::kStream});
  CHECK(test.call->Write("one"));
  CHECK_FALSE(test.call->Write(kMuch));
  test.Run();
  CHECK(test.caller.drained == 0);
  test.app.exchange->ReadBody(false);
  test.Run();
  CHECK(test.caller.drained == 1);
  CHECK(test.app.parts == 1);
  CHECK_FALSE(test.app.ended);
  test.app.exchange->ReadBody(false);
  test.Run();
  CHECK(test.app.parts == 1);
  CHECK(test.call->Write("two"));
  test.Run();
  CHECK(test.app.parts == 2);
  test.app.exchange->ReadBody(false);
  test.call->EndRequest();
  test.Run();
  CHECK(test.app.ended);
  CHECK((test.app.body == "one" + kMuch + "two"));
}

TEST_CASE("who reads a request whole gets it whole, however much it is") {
  Fixture test;
  test.Call({.method = "POST", .body_kind = Body::kStream});
  test.Run();
  CHECK_FALSE(test.call->Write(kMuch));
  test.app.exchange->ReadBody(true);
  test.Run();
  CHECK(test.caller.drained == 1);
  CHECK(test.call->Write(kMuch));
  test.Run();
  CHECK(test.app.parts == 0);
  test.call->EndRequest();
  test.Run();
  CHECK(test.app.parts == 1);
  CHECK((test.app.body == kMuch + kMuch));
}

TEST_CASE("a stream of a response goes at the speed of the app that called") {
  Fixture test;
  test.Call();
  test.Run();
  test.app.exchange->StartBody({.status = 200}, std::nullopt);
  CHECK(test.app.exchange->WriteBody("one"));
  CHECK_FALSE(test.app.exchange->WriteBody(kMuch));
  test.Run();
  CHECK(test.caller.status == 200);
  CHECK(test.caller.has_body);
  CHECK_FALSE(test.caller.length);
  CHECK(test.caller.parts == 0);
  CHECK(test.app.drained == 0);
  test.call->Read();
  test.Run();
  CHECK(test.caller.parts == 1);
  CHECK(test.app.drained == 1);
  test.app.exchange->EndBody();
  test.Run();
  CHECK_FALSE(test.caller.ended);
  test.call->Read();
  test.Run();
  CHECK(test.caller.ended);
  CHECK((test.caller.body == "one" + kMuch));
}

TEST_CASE("a stream that ends at once has no body") {
  Fixture test;
  test.app.answer = [](http::ServerExchange& exchange) {
    exchange.StartBody({.status = 200}, 0);
    exchange.EndBody();
  };
  test.Call();
  test.Run();
  CHECK(test.caller.status == 200);
  CHECK_FALSE(test.caller.has_body);
}

TEST_CASE("what has no body by its nature has none") {
  const auto answers = {
      +[](http::ServerExchange& exchange) { exchange.Respond({.status = 204}, "text"); },
      +[](http::ServerExchange& exchange) {
        exchange.StartBody({.status = 204}, std::nullopt);
        CHECK(exchange.WriteBody(kMuch));
        exchange.EndBody();
      },
  };
  for (const auto answer : answers) {
    Fixture test;
    test.app.answer = answer;
    test.Call();
    test.Run();
    CHECK(test.caller.status == 204);
    CHECK_FALSE(test.caller.has_body);
    CHECK(test.caller.headers.empty());
  }
  Fixture test;
  test.app.answer = [](http::ServerExchange& exchange) {
    exchange.Respond({.status = 200}, "text");
  };
  test.Call({.method = "HEAD"});
  test.Run();
  CHECK(test.caller.length == 4);
  CHECK(test.caller.headers == "content-length\n4\n");
  CHECK_FALSE(test.caller.has_body);
}

TEST_CASE("a response to HEAD that comes as a stream has no body, though nobody ends it") {
  Fixture test;
  test.Call({.method = "HEAD"});
  test.Run();
  test.app.exchange->StartBody({.status = 200, .headers = "a: b\r\ncontent-encoding: br\r\n"}, 300);
  CHECK(test.app.exchange->WriteBody(kMuch));
  test.Run();
  CHECK(test.caller.coded);
  CHECK(test.caller.status == 200);
  CHECK_FALSE(test.caller.has_body);
  CHECK(test.caller.length == 300);
}

TEST_CASE("an app that fails is a 500, or breaks its response off") {
  Fixture early;
  early.Call();
  early.Run();
  early.app.exchange->Fail();
  early.Run();
  CHECK(early.caller.status == 500);
  CHECK(early.caller.failed.empty());

  Fixture late;
  late.Call();
  late.Run();
  late.app.exchange->StartBody({.status = 200}, std::nullopt);
  late.app.exchange->WriteBody("one");
  late.app.exchange->Fail();
  late.Run();
  CHECK(late.caller.status == 200);
  CHECK(late.caller.has_body);
  CHECK(late.caller.failed.empty());
  late.call->Read();
  late.Run();
  CHECK(late.caller.body == "one");
  late.call->Read();
  late.Run();
  CHECK(late.caller.failed == "ERR_SERVICE_FAILED");
  CHECK_FALSE(late.caller.ended);
}

TEST_CASE("a response that is answered before the request is read takes no more of that") {
  Fixture test;
  test.Call({.method = "POST", .body_kind = Body::kStream});
  CHECK_FALSE(test.call->Write(kMuch));
  test.Run();
  test.app.exchange->Respond({.status = 413}, "too much");
  CHECK(test.call->Write(kMuch));
  test.call->EndRequest();
  test.Run();
  CHECK(test.caller.status == 413);
  CHECK(test.app.parts == 0);
}

TEST_CASE("a caller may leave at any time, and the app learns of it once") {
  SECTION("before the app has been asked") {
    Fixture test;
    test.Call();
    test.call.reset();
    test.Run();
    CHECK(test.app.exchange == nullptr);
    CHECK(test.app.aborted == 0);
  }
  SECTION("before there is a response") {
    Fixture test;
    test.Call();
    test.Run();
    test.call.reset();
    CHECK(test.app.aborted == 0);
    test.Run();
    CHECK(test.app.aborted == 1);
  }
  SECTION("in the middle of the response") {
    Fixture test;
    test.Call();
    test.Run();
    test.app.exchange->StartBody({.status = 200}, std::nullopt);
    test.app.exchange->WriteBody(kMuch);
    test.caller.then = [&] { test.call.reset(); };
    test.Run();
    CHECK(test.caller.told == 1);
    CHECK(test.app.aborted == 1);
    CHECK(test.app.drained == 0);
  }
  SECTION("when all of it is there") {
    Fixture test;
    test.app.answer = [](http::ServerExchange& exchange) {
      exchange.Respond({.status = 200}, "text");
    };
    test.caller.then = [&] { test.call.reset(); };
    test.Call();
    test.Run();
    CHECK(test.caller.told == 1);
    CHECK(test.app.aborted == 0);
  }
}

}  // namespace nano::server

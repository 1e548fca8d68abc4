// Tests of what the server answers where a limit keeps an app from it.
#include "server/limits/refusal.h"

#include <catch2/catch.hpp>
#include <regex>
#include <set>
#include <string>

#include "base/json.h"
#include "tests/unit/runtime/test_exchange.h"

namespace nano::server {
namespace {

using Catch::Matchers::Contains;
using runtime::testing::TestExchange;

TEST_CASE("every reason has a name of its own, and a status that tells overload from lateness") {
  std::set<std::string_view> names;
  for (const ReasonWords& words : AllReasons()) {
    CAPTURE(words.name);
    CHECK(&WordsOf(words.reason) == &words);
    CHECK(names.insert(words.name).second);
    CHECK(std::regex_match(std::string(words.name), std::regex("[a-z]+(-[a-z]+)*")));
    CHECK(std::set<int>{0, 413, 503, 504}.contains(words.status));
    CHECK_FALSE(words.title.empty());
  }
}

TEST_CASE("a refusal is a problem that says which limit, how much, whose and what request") {
  TestExchange exchange;
  Refuse(exchange, {.reason = Reason::kCpuLimit, .app = "shop", .limit = 1000, .used = 1010});
  CHECK(exchange.ended);
  CHECK(exchange.status == 503);
  CHECK_THAT(exchange.headers, Contains("nano-error: cpu-limit\r\n") &&
                                   Contains("content-type: application/problem+json\r\n") &&
                                   !Contains("retry-after"));
  const auto body = Json::Parse(exchange.body);
  REQUIRE(body.ok());
  CHECK(*body->Find("type") == Json("urn:nano:problem:cpu-limit"));
  CHECK(*body->Find("status") == Json(503));
  CHECK(*body->Find("app") == Json("shop"));
  CHECK(*body->Find("limit") == Json(1000));
  CHECK(*body->Find("used") == Json(1010));
  REQUIRE(body->Find("request_id")->text() != nullptr);
  CHECK(std::regex_match(*body->Find("request_id")->text(), std::regex("[0-9a-f]{16}")));
}

TEST_CASE("what is too large is named by what it is, and overload says when to come again") {
  const auto refused = [](http::Obstacle::Kind kind, Reason too_large) {
    TestExchange exchange;
    exchange.response_limit = 10;
    exchange.refused = true;
    Refuse(exchange, RefusalOf({.kind = kind, .limit = 7, .used = 9}, too_large));
    CHECK(exchange.ended);
    CHECK_FALSE(exchange.refused);
    CHECK(exchange.response_limit == 0);
    return std::to_string(exchange.status) + " " + exchange.headers + exchange.body;
  };
  using Kind = http::Obstacle::Kind;
  CHECK_THAT(refused(Kind::kTooLarge, Reason::kBodyLimit),
             Contains("413 ") && Contains("nano-error: body-limit\r\n") &&
                 Contains("\"limit\":7,\"used\":9") && !Contains("retry-after"));
  CHECK_THAT(refused(Kind::kTooLarge, Reason::kResponseLimit),
             Contains("503 ") && Contains("nano-error: response-limit\r\n"));
  CHECK_THAT(refused(Kind::kFields, Reason::kResponseLimit),
             Contains("503 ") && Contains("nano-error: fields-limit\r\n"));
  CHECK_THAT(
      refused(Kind::kOverload, Reason::kBodyLimit),
      Contains("503 ") && Contains("nano-error: overload\r\n") && Contains("retry-after: 1\r\n"));
}

TEST_CASE("a request keeps its name, and no two have the same") {
  TestExchange one;
  TestExchange other;
  Refuse(one, {.app = "a"});
  Refuse(other, {.app = "a"});
  CHECK(one.request_id != 0);
  CHECK(one.body != other.body);
  const std::string before = one.body;
  Refuse(one, {.app = "a"});
  CHECK(one.body == before);
}

TEST_CASE("when to try again is said in whole seconds, where it makes a difference") {
  TestExchange exchange;
  Refuse(exchange, {.reason = Reason::kCircuitOpen, .app = "shop", .retry_after = 10});
  CHECK_THAT(exchange.headers,
             Contains("retry-after: 10\r\n") && Contains("nano-error: circuit-open\r\n"));
  CHECK_THAT(exchange.body, !Contains("limit\":"));
}

TEST_CASE("a response that has begun is cut") {
  TestExchange exchange;
  exchange.streams = true;
  Refuse(exchange, {.reason = Reason::kCpuLimit, .app = "shop"});
  CHECK(exchange.failed);
  CHECK(exchange.status == 0);
}

}  // namespace
}  // namespace nano::server

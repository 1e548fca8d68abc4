// Tests of lines of the access log: what is in them, and that nobody who sends a request can write
// a line of their own.
#include "server/log/access_line.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>

#include "base/json_fields.h"

namespace nano::server {
namespace {

constexpr int64_t kTime = 1767225600123;  // 2026-01-01T00:00:00.123Z

AccessFacts Usual() {
  return {.time_ms = kTime,
          .worker = 3,
          .app = "shop",
          .method = "GET",
          .target = "/a?b=c",
          .protocol = "HTTP/1.1",
          .peer = "127.0.0.1",
          .host = "shop.test",
          .user_agent = "curl/8",
          .status = 200,
          .duration_us = 1234,
          .cpu_ms = 10,
          .bytes_in = 5,
          .bytes_out = 67,
          .request_id = "0123456789abcdef",
          .trace_id = "0af7651916cd43dd8448eb211c80319c"};
}

std::string JsonOf(const AccessFacts& facts) {
  std::string line;
  AccessLine().AppendJson(line, facts);
  return line;
}

std::string CombinedOf(const AccessFacts& facts) {
  std::string line;
  AccessLine().AppendCombined(line, facts);
  return line;
}

// 256 bytes and more, each of them.
std::string Hostile() {
  std::string text;
  for (int byte = 0; byte < 256; ++byte) text += static_cast<char>(byte);
  return text + "\xe2\x80\xa8\xed\xa0\x80\xc0\xaf\",\"status\":200}\n{\"x\":\"";
}

TEST_CASE("a JSON line has the fields of the log's, and the request's") {
  CHECK(JsonOf(Usual()) ==
        R"({"time":"2026-01-01T00:00:00.123Z","level":"info","worker":3,"app":"shop",)"
        R"("msg":"request","request_id":"0123456789abcdef",)"
        R"("trace_id":"0af7651916cd43dd8448eb211c80319c","peer":"127.0.0.1","method":"GET",)"
        R"("host":"shop.test","target":"/a?b=c","protocol":"HTTP/1.1","status":200,)"
        R"("duration_ms":1.234,"cpu_ms":10,"bytes_in":5,"bytes_out":67,"user_agent":"curl/8"})"
        "\n");
}

TEST_CASE("what is not known is not in a JSON line, and what went wrong is") {
  AccessFacts facts = {.time_ms = kTime,
                       .worker = 1,
                       .peer = "::1",
                       .status = 400,
                       .request_id = "1",
                       .error = "Invalid method"};
  facts.sample = 100;
  const Json refused = Json::Parse(JsonOf(facts)).value();
  for (const char* name : {"app", "method", "target", "host", "trace_id", "user_agent", "referer",
                           "ended", "reason"}) {
    CAPTURE(name);
    CHECK(refused.Find(name) == nullptr);
  }
  CHECK(TextOf(refused, "error") == "Invalid method");
  CHECK(NumberOf(refused, "sample") == 100);
  facts = Usual();
  facts.ending = http::Ending::kAborted;
  facts.status = 0;
  facts.reason = "cpu-limit";
  const Json left = Json::Parse(JsonOf(facts)).value();
  CHECK(TextOf(left, "ended") == "aborted");
  CHECK(left.Find("status") == nullptr);
  CHECK(TextOf(left, "reason") == "cpu-limit");
}

TEST_CASE("a combined line is that of nginx, and how the request ended") {
  setenv("TZ", "UTC-1", 1);
  tzset();
  AccessFacts facts = Usual();
  CHECK(CombinedOf(facts) ==
        "127.0.0.1 - - [01/Jan/2026:01:00:00 +0100] \"GET /a?b=c HTTP/1.1\" 200 67 \"-\" "
        "\"curl/8\" shop 0123456789abcdef 1.234 10 whole\n");
  facts.referer = "http://x.test/";
  facts.user_agent = "";  // There, and empty.
  facts.status = 0;       // The client left: nginx's 499.
  facts.ending = http::Ending::kAborted;
  CHECK(CombinedOf(facts) ==
        "127.0.0.1 - - [01/Jan/2026:01:00:00 +0100] \"GET /a?b=c HTTP/1.1\" 499 67 "
        "\"http://x.test/\" \"\" shop 0123456789abcdef 1.234 10 aborted\n");
  facts.status = 200;
  facts.ending = http::Ending::kCut;
  CHECK(CombinedOf(facts).ends_with(" 10 cut\n"));
  CHECK(CombinedOf({.time_ms = kTime, .status = 400}) ==
        "- - - [01/Jan/2026:01:00:00 +0100] \"-\" 400 0 \"-\" \"-\" - - 0.000 0 whole\n");
  unsetenv("TZ");
  tzset();
}

TEST_CASE("bytes are escaped in a combined line as nginx does it") {
  AccessFacts facts = Usual();
  facts.user_agent = "a\"b\\c\nd\x7f\xc3\xa4~ ";
  const std::string line = CombinedOf(facts);
  CHECK(line.ends_with(
      " \"-\" \"a\\x22b\\x5Cc\\x0Ad\\x7F\\xC3\\xA4~ \" shop 0123456789abcdef 1.234 10 whole\n"));
}

TEST_CASE("a line is one, and its parts are where they belong, whatever a client sends") {
  AccessFacts facts = Usual();
  const std::string hostile = Hostile();
  facts.method = facts.target = facts.protocol = facts.peer = facts.host = hostile;
  facts.user_agent = facts.referer = hostile;
  const std::string json = JsonOf(facts);
  CHECK(std::count(json.begin(), json.end(), '\n') == 1);
  const Result<Json> entry = Json::Parse(json);
  REQUIRE(entry.ok());
  CHECK(NumberOf(*entry, "status") == 200);
  CHECK(entry->Find("x") == nullptr);
  facts.protocol = "HTTP/1.1";
  const std::string combined = CombinedOf(facts);
  CHECK(std::count(combined.begin(), combined.end(), '\n') == 1);
  CHECK(std::count(combined.begin(), combined.end(), '"') == 6);
  CHECK(std::all_of(combined.begin(), combined.end() - 1,
                    [](char c) { return c >= 0x20 && c < 0x7f; }));
}

// A fuzzer of its own would only do more of this.
TEST_CASE("random bytes make valid lines") {
  std::minstd_rand random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (size_t size = random() % 40; size > 0; --size) text += static_cast<char>(random());
    AccessFacts facts = Usual();
    facts.target = facts.host = text;
    facts.user_agent = facts.referer = text;
    const std::string json = JsonOf(facts);
    CAPTURE(json);
    REQUIRE(json.find('\n') == json.size() - 1);
    REQUIRE(Json::Parse(json).ok());
    const std::string combined = CombinedOf(facts);
    REQUIRE(combined.find('\n') == combined.size() - 1);
    REQUIRE(std::count(combined.begin(), combined.end(), '"') == 6);
  }
}

TEST_CASE("long texts are cut") {
  AccessFacts facts = Usual();
  const std::string text(100'000, 'x');
  facts.target = text;
  facts.user_agent = text;
  CHECK(JsonOf(facts).size() < 3 * kMaxAccessText);
  CHECK(CombinedOf(facts).size() < 3 * kMaxAccessText);
}

}  // namespace
}  // namespace nano::server

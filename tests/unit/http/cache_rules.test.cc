// What a cache that many share keeps and answers: a table from RFC 9111, its sections beside, and
// from Workers' documentation ("W": https://developers.cloudflare.com/workers/runtime-apis/cache/
// and the pages on Cache-Control and on status codes that it leads to).
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "http/cache_control.h"
#include "http/cache_rules.h"
#include "http/date.h"
#include "http/fields.h"

namespace nano::http {
namespace {

using enum Storable::Refusal;

constexpr int64_t kNow = 1'700'000'000;

std::string Date(int64_t seconds) {
  std::string text(kDateSize, '\0');
  WriteDate(seconds, text.data());
  return text;
}

std::string Field(std::string_view name, std::string_view value) {
  return std::string(name) + "\n" + std::string(value) + "\n";
}
std::string Control(std::string_view value) { return Field("cache-control", value); }

struct Case {
  std::string_view from;  // Where it says so.
  int status = 200;
  std::string fields;
  Storable::Refusal refusal = kNone;
  int64_t seconds = 0;  // For which it is fresh.
  bool authorized = false;
};

TEST_CASE("which responses are kept, and for how long", "[cache]") {
  const std::vector<Case> cases = {
      // Section 3, "Storing Responses in Caches".
      {"3: no-store", 200, Control("no-store, max-age=60"), kNoStore},
      {"3: private", 200, Control("private, max-age=60"), kNoStore},
      {"3: public, and fresh by max-age", 200, Control("public, max-age=60"), kNone, 60},
      {"3: a status of any kind, if it says how long", 500, Control("max-age=60"), kNone, 60},
      {"3: one that has a body of nothing", 204, Control("max-age=60"), kNone, 60},
      // Section 3.5, "Storing Responses to Authenticated Requests".
      {"3.5: nothing said", 200, Control("max-age=60"), kSecret, 0, true},
      {"3.5: nothing at all", 200, "", kSecret, 0, true},
      {"3.5: public", 200, Control("public, max-age=60"), kNone, 60, true},
      {"3.5: must-revalidate", 200, Control("must-revalidate, max-age=60"), kNone, 60, true},
      {"3.5: s-maxage", 200, Control("s-maxage=60"), kNone, 60, true},
      // Section 4.2.1, "Calculating Freshness Lifetime".
      {"4.2.1: s-maxage before max-age", 200, Control("max-age=10, s-maxage=60"), kNone, 60},
      {"4.2.1: max-age before Expires", 200,
       Control("max-age=60") + Field("expires", Date(kNow + 5)), kNone, 60},
      {"4.2.1: Expires less Date", 200,
       Field("expires", Date(kNow + 90)) + Field("date", Date(kNow)), kNone, 90},
      {"4.2.1: Expires without Date", 200, Field("expires", Date(kNow + 90)), kNone, 90},
      {"4.2.1: the first of two", 200, Control("max-age=60, max-age=0"), kNone, 60},
      {"4.2.1: no number", 200, Control("max-age=forever"), kStale},
      // Section 4.2.3, "Calculating Age".
      {"4.2.3: the age that it came with", 200, Control("max-age=60") + Field("age", "20"), kNone,
       40},
      {"4.2.3: the age by its Date", 200, Control("max-age=60") + Field("date", Date(kNow - 45)),
       kNone, 15},
      {"4.2.3: the higher of both", 200,
       Control("max-age=60") + Field("date", Date(kNow - 45)) + Field("age", "50"), kNone, 10},
      {"4.2.3: older than it may be", 200, Control("max-age=60") + Field("age", "60"), kStale},
      {"4.2.3: a Date to come is no age", 200,
       Control("max-age=60") + Field("date", Date(kNow + 100)), kNone, 60},
      {"5.1: an age that is none", 200, Control("max-age=60") + Field("age", "old"), kNone, 60},
      // Section 5.2.2, "Response Directives": what would be revalidated is not kept.
      {"5.2.2.4: no-cache", 200, Control("no-cache, max-age=60"), kStale},
      {"5.2.2.4: no-cache of a field that is there", 200,
       Control("no-cache=\"x-a\", max-age=60") + Field("x-a", "1"), kStale},
      {"5.2.2.4: no-cache of a field that is not", 200, Control("no-cache=\"x-a\", max-age=60"),
       kNone, 60},
      {"5.2.2.1: max-age=0", 200, Control("max-age=0"), kStale},
      {"5.2.2.10: s-maxage=0", 200, Control("s-maxage=0, max-age=60"), kStale},
      {"5.2.2.7: private of a field", 200, Control("private=\"x-a\", max-age=60"), kNone, 60},
      // Section 5.3, "Expires".
      {"5.3: no date is in the past", 200, Field("expires", "0"), kStale},
      {"5.3: in the past", 200, Field("expires", Date(kNow - 1)), kStale},
      // Workers' own.
      {"W: nothing said, by status", 200, "", kNone, 7200},
      {"W: nothing said, by status", 301, "", kNone, 7200},
      {"W: nothing said, by status", 302, "", kNone, 1200},
      {"W: nothing said, by status", 303, "", kNone, 1200},
      {"W: nothing said, by status", 404, "", kNone, 180},
      {"W: nothing said, by status", 410, "", kNone, 180},
      {"W: other statuses are not", 500, "", kStatus},
      {"W: other statuses are not", 204, "", kStatus},
      {"W: other statuses are not", 307, "", kStatus},
      {"W: public says nothing of how long", 200, Control("public"), kNone, 7200},
      {"W: Last-Modified says nothing of how long", 200, Field("last-modified", Date(kNow - 1000)),
       kNone, 7200},
      {"W: Set-Cookie", 200, Control("max-age=60") + Field("set-cookie", "a=1"), kCookie},
      {"W: Set-Cookie that is private", 200,
       Control("private=Set-Cookie, max-age=60") + Field("set-cookie", "a=1"), kNone, 60},
      {"W: Set-Cookie that is private", 200,
       Control("max-age=60, private=\"set-cookie\"") + Field("set-cookie", "a=1"), kNone, 60},
      {"W: stale-while-revalidate is not supported", 200,
       Control("max-age=0, stale-while-revalidate=60"), kStale},
      {"W: Vary is no part of the key", 200, Control("max-age=60") + Field("vary", "accept"), kNone,
       60},
      {"1.2.2: so long and no longer", 200, Control("max-age=99999999999"), kNone, kMostSeconds},
  };
  for (const Case& one : cases) {
    CAPTURE(one.from, one.status, one.fields);
    const Storable storable = JudgeResponse(one.status, one.fields, one.authorized, kNow);
    CHECK(storable.refusal == one.refusal);
    if (one.refusal == kNone) CHECK(storable.expires == kNow + one.seconds);
  }
}

TEST_CASE("what of a response's fields is kept", "[cache]") {
  const Storable storable = JudgeResponse(
      200,
      Control("max-age=60, private=\"Set-Cookie, x-mine\"") + Field("set-cookie", "a=1") +
          Field("x-mine", "1") + Field("x-a", "1") + Field("age", "5") +
          Field("connection", "x-hop, close") + Field("x-hop", "1") +
          Field("transfer-encoding", "chunked") + Field("content-length", "5") +
          Field("set-cookie", "b=1") + Field("cf-cache-status", "MISS") + Field("etag", "\"e\""),
      false, kNow);
  CHECK(storable.fields == Field("date", Date(kNow)) +
                               Control("max-age=60, private=\"Set-Cookie, x-mine\"") +
                               Field("x-a", "1") + Field("etag", "\"e\""));
  CHECK(storable.born == kNow - 5);
  CHECK(JudgeResponse(200, Field("date", Date(kNow - 9)), false, kNow).fields ==
        Field("date", Date(kNow - 9)));
}

struct Asked {
  std::string_view from;
  CacheRequest request;
  int status;
  std::optional<ByteRange> body;
  std::string_view range{};  // Content-Range.
};

TEST_CASE("what is answered from a response that is kept", "[cache]") {
  const std::string modified = Date(kNow - 1000);
  const std::string before = Date(kNow - 1001);
  const std::string after = Date(kNow - 999);
  const std::string fields = Field("etag", "\"e\"") + Field("last-modified", modified) +
                             Field("content-type", "text/plain") + Control("max-age=60");
  const KeptResponse kept{.status = 200, .fields = fields, .size = 10, .born = kNow - 7};
  const ByteRange whole{0, 10};
  const std::vector<Asked> cases = {
      {"4.3.2: without a condition", {}, 200, whole},
      {"4.3.2: If-None-Match", {.if_none_match = "\"e\""}, 304, {}},
      {"4.3.2: If-None-Match is weak", {.if_none_match = "W/\"e\""}, 304, {}},
      {"4.3.2: If-None-Match, one of many", {.if_none_match = "\"x\" , \"e\""}, 304, {}},
      {"4.3.2: If-None-Match, any", {.if_none_match = "*"}, 304, {}},
      {"4.3.2: If-None-Match, none", {.if_none_match = "\"x\""}, 200, whole},
      {"4.3.2: If-Modified-Since, then", {.if_modified_since = modified}, 304, {}},
      {"4.3.2: If-Modified-Since, later", {.if_modified_since = after}, 304, {}},
      {"4.3.2: If-Modified-Since, before", {.if_modified_since = before}, 200, whole},
      {"4.3.2: If-Modified-Since, no date", {.if_modified_since = "then"}, 200, whole},
      {"4.3.2: If-None-Match counts, not the other",
       {.if_none_match = "\"x\"", .if_modified_since = after},
       200,
       whole},
      {"W: Range", {.range = "bytes=2-4"}, 206, ByteRange{2, 3}, "bytes 2-4/10"},
      {"W: Range, the end", {.range = "bytes=-3"}, 206, ByteRange{7, 3}, "bytes 7-9/10"},
      {"W: Range, from there", {.range = "bytes=8-"}, 206, ByteRange{8, 2}, "bytes 8-9/10"},
      {"W: Range beyond it", {.range = "bytes=15-"}, 416, {}, "bytes */10"},
      {"9110, 14.2: a unit that nobody knows", {.range = "lines=1-2"}, 200, whole},
      {"9110, 14.2: several ranges", {.range = "bytes=0-1,4-5"}, 200, whole},
      {"9110, 13.2.2: the condition comes first",
       {.range = "bytes=2-4", .if_none_match = "\"e\""},
       304,
       {}},
      {"9110, 13.1.5: If-Range, the same",
       {.range = "bytes=2-4", .if_range = "\"e\""},
       206,
       ByteRange{2, 3},
       "bytes 2-4/10"},
      {"9110, 13.1.5: If-Range, another", {.range = "bytes=2-4", .if_range = "\"x\""}, 200, whole},
  };
  for (const Asked& one : cases) {
    CAPTURE(one.from);
    const CacheAnswer answer = AnswerFromCache(one.request, kept, kNow);
    CHECK(answer.status == one.status);
    CHECK(answer.body == one.body);
    CHECK(FieldValue(answer.fields, "content-range").value_or("") == one.range);
    // Section 4: it says how old it is.
    CHECK(FieldValue(answer.fields, "age") == "7");
    CHECK(FieldValue(answer.fields, "cf-cache-status") == "HIT");
    CHECK(FieldValue(answer.fields, "etag") == "\"e\"");
    CHECK(FieldValue(answer.fields, "content-type").has_value() == one.body.has_value());
    CHECK(FieldValue(answer.fields, "content-length").has_value() == one.body.has_value());
  }
}

TEST_CASE("conditions and ranges are for a 200 alone", "[cache]") {
  const std::string fields = Field("etag", "\"e\"");
  const KeptResponse kept{.status = 404, .fields = fields, .size = 10, .born = kNow};
  CHECK(AnswerFromCache({.if_none_match = "\"e\""}, kept, kNow).status == 404);
  const CacheAnswer ranged = AnswerFromCache({.range = "bytes=1-2"}, kept, kNow);
  CHECK(ranged.status == 404);
  CHECK(ranged.body == ByteRange{0, 10});
}

TEST_CASE("without validators a condition is met by a star alone", "[cache]") {
  const KeptResponse kept{.status = 200, .fields = "", .size = 1, .born = kNow};
  CHECK(AnswerFromCache({.if_none_match = "\"e\""}, kept, kNow).status == 200);
  CHECK(
      AnswerFromCache({.if_modified_since = "Sun, 06 Nov 1994 08:49:37 GMT"}, kept, kNow).status ==
      200);
}

TEST_CASE("a clock that was set back makes no age below 0", "[cache]") {
  const KeptResponse kept{.status = 200, .fields = "", .size = 1, .born = kNow + 50};
  CHECK(FieldValue(AnswerFromCache({}, kept, kNow).fields, "age") == "0");
}

}  // namespace
}  // namespace nano::http

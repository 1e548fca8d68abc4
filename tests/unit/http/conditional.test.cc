// Dates, conditional requests, ranges and codings, as tables from RFC 9110.
#include <catch2/catch.hpp>
#include <string>

#include "http/accept_encoding.h"
#include "http/byte_ranges.h"
#include "http/date.h"
#include "http/preconditions.h"

namespace nano::http {
namespace {

constexpr int64_t kNow = 1'700'000'000;  // 2023-11-14.
constexpr int64_t kThen = 784'111'777;   // Sun, 06 Nov 1994 08:49:37 GMT

std::string Date(int64_t seconds) {
  std::string text(kDateSize, '\0');
  WriteDate(seconds, text.data());
  return text;
}

TEST_CASE("dates are written, and read in all three forms", "[conditional]") {
  CHECK(Date(kThen) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(Date(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(Date(951'782'400) == "Tue, 29 Feb 2000 00:00:00 GMT");
  CHECK(Date(-1) == "Wed, 31 Dec 1969 23:59:59 GMT");
  CHECK(Date(253'402'300'799) == "Fri, 31 Dec 9999 23:59:59 GMT");
  CHECK(ParseDate("Sun, 06 Nov 1994 08:49:37 GMT", kNow) == kThen);
  CHECK(ParseDate("Sunday, 06-Nov-94 08:49:37 GMT", kNow) == kThen);
  CHECK(ParseDate("Sun Nov  6 08:49:37 1994", kNow) == kThen);
  CHECK(ParseDate("Sunday, 06-Nov-73 08:49:37 GMT", kNow) ==
        ParseDate("Mon, 06 Nov 2073 08:49:37 GMT", kNow));
  CHECK(ParseDate("Sunday, 06-Nov-74 08:49:37 GMT", kNow) ==
        ParseDate("Wed, 06 Nov 1974 08:49:37 GMT", kNow));
  for (const char* none : {"", "Sun", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37",
                           "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 Nov 1994 24:49:37 GMT",
                           "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
                           "sun, 06 nov 1994 08:49:37 gmt", "1994-11-06T08:49:37Z", "0"}) {
    CAPTURE(none);
    CHECK_FALSE(ParseDate(none, kNow).has_value());
  }
  for (int64_t day = -700'000; day < 800'000; day += 997) {
    REQUIRE(ParseDate(Date(day * 86'400 + 12'345), kNow) == day * 86'400 + 12'345);
  }
}

TEST_CASE("preconditions", "[conditional]") {
  using enum Condition;
  const Validators strong{.etag = "\"a\"", .last_modified = kThen};
  const Validators weak{.etag = "W/\"a\"", .last_modified = kThen};
  const std::string same = Date(kThen);
  const std::string before = Date(kThen - 1);
  const std::string after = Date(kThen + 1);
  const auto check = [](const ConditionFields& fields, const Validators& selected) {
    return CheckPreconditions(fields, selected, kNow);
  };
  CHECK(check({}, strong) == kMet);
  CHECK(check({.if_none_match = "\"a\""}, strong) == kNotModified);
  CHECK(check({.if_none_match = "W/\"a\""}, strong) == kNotModified);
  CHECK(check({.if_none_match = "\"a\""}, weak) == kNotModified);
  CHECK(check({.if_none_match = "\"b\" , W/\"a\""}, strong) == kNotModified);
  CHECK(check({.if_none_match = "\"b,c\",\"a\""}, strong) == kNotModified);
  CHECK(check({.if_none_match = "*"}, strong) == kNotModified);
  CHECK(check({.if_none_match = "\"b\""}, strong) == kMet);
  CHECK(check({.if_none_match = "a"}, strong) == kMet);
  CHECK(check({.if_none_match = "\"a"}, strong) == kMet);
  CHECK(check({.if_none_match = ""}, strong) == kMet);
  // The tag counts alone, if there is one.
  CHECK(check({.if_none_match = "\"b\"", .if_modified_since = same}, strong) == kMet);
  CHECK(check({.if_modified_since = same}, strong) == kNotModified);
  CHECK(check({.if_modified_since = after}, strong) == kNotModified);
  CHECK(check({.if_modified_since = before}, strong) == kMet);
  CHECK(check({.if_modified_since = "yesterday"}, strong) == kMet);
  CHECK(check({.if_modified_since = same}, {.etag = "\"a\""}) == kMet);
  CHECK(check({.if_match = "\"a\""}, strong) == kMet);
  CHECK(check({.if_match = "*"}, strong) == kMet);
  CHECK(check({.if_match = "\"b\""}, strong) == kFailed);
  CHECK(check({.if_match = "W/\"a\""}, strong) == kFailed);
  CHECK(check({.if_match = "W/\"a\""}, weak) == kFailed);
  CHECK(check({.if_unmodified_since = same}, strong) == kMet);
  CHECK(check({.if_unmodified_since = before}, strong) == kFailed);
  CHECK(check({.if_match = "\"a\"", .if_unmodified_since = before}, strong) == kMet);
  CHECK(check({.if_match = "\"a\"", .if_none_match = "\"a\""}, strong) == kNotModified);
}

TEST_CASE("ranges count if the representation is the one that is meant", "[conditional]") {
  const Validators strong{.etag = "\"a\"", .last_modified = kThen};
  CHECK(RangeApplies({}, strong, kNow));
  CHECK(RangeApplies({.if_range = "\"a\""}, strong, kNow));
  CHECK_FALSE(RangeApplies({.if_range = "\"b\""}, strong, kNow));
  CHECK_FALSE(RangeApplies({.if_range = "W/\"a\""}, {.etag = "W/\"a\""}, kNow));
  CHECK(RangeApplies({.if_range = "Sun, 06 Nov 1994 08:49:37 GMT"}, strong, kNow));
  CHECK_FALSE(RangeApplies({.if_range = "Sun, 06 Nov 1994 08:49:38 GMT"}, strong, kNow));
  CHECK_FALSE(RangeApplies({.if_range = "never"}, {.etag = "\"a\""}, kNow));
}

// "0+5 9+1", "whole" or "none".
std::string Ranges(std::string_view field, uint64_t size) {
  const RequestedRanges requested = ParseRanges(field, size);
  if (requested.kind == RequestedRanges::Kind::kWhole) return "whole";
  if (requested.kind == RequestedRanges::Kind::kUnsatisfiable) return "none";
  std::string text;
  for (const ByteRange& range : requested.ranges) {
    text += (text.empty() ? "" : " ") + std::to_string(range.first) + "+" +
            std::to_string(range.length);
  }
  return text;
}

TEST_CASE("ranges", "[conditional]") {
  CHECK(Ranges("bytes=0-4", 10) == "0+5");
  CHECK(Ranges("bytes=5-", 10) == "5+5");
  CHECK(Ranges("bytes=-3", 10) == "7+3");
  CHECK(Ranges("bytes=-30", 10) == "0+10");
  CHECK(Ranges("bytes=9-99", 10) == "9+1");
  CHECK(Ranges("Bytes=0-0", 10) == "0+1");
  CHECK(Ranges("bytes= 0-0 , 2-3", 10) == "0+1 2+2");
  CHECK(Ranges("bytes=,0-0,", 10) == "0+1");
  CHECK(Ranges("bytes=8-9,0-1", 10) == "8+2 0+2");
  CHECK(Ranges("bytes=0-0,50-60", 10) == "0+1");
  CHECK(Ranges("bytes=0-99999999999999999999999", 10) == "0+10");
  CHECK(Ranges("bytes=10-", 10) == "none");
  CHECK(Ranges("bytes=-0", 10) == "none");
  CHECK(Ranges("bytes=99999999999999999999999-", 10) == "none");
  CHECK(Ranges("bytes=-5", 0) == "none");
  for (const char* whole :
       {"", "bytes", "bytes=", "bytes=,", "bytes=a-b", "bytes=4-2", "bytes=1", "bytes=-",
        "items=0-1", "bytes 0-1", "bytes=0-1,x", "bytes=0-9,0-9", "bytes=+1-2"}) {
    CAPTURE(whole);
    CHECK(Ranges(whole, 10) == "whole");
  }
  std::string many = "bytes=0-0";
  for (int i = 2; i < 40; i += 2) many += "," + std::to_string(i) + "-" + std::to_string(i);
  CHECK(Ranges(many, 1000) == "whole");
}

TEST_CASE("codings that clients take", "[conditional]") {
  ContentCodings all;
  all.Add(ContentCoding::kBrotli);
  all.Add(ContentCoding::kZstd);
  all.Add(ContentCoding::kGzip);
  ContentCodings gzip;
  gzip.Add(ContentCoding::kGzip);
  const auto chosen = [](std::string_view field, ContentCodings available) {
    return std::string(NameOf(ChooseCoding(field, available)));
  };
  CHECK(chosen({}, all) == "identity");
  CHECK(chosen("", all) == "identity");
  CHECK(chosen("gzip, deflate, br, zstd", all) == "br");
  CHECK(chosen("gzip, deflate, br, zstd", gzip) == "gzip");
  CHECK(chosen("gzip, deflate, br", ContentCodings()) == "identity");
  CHECK(chosen("zstd, gzip", all) == "zstd");
  CHECK(chosen("GZIP", all) == "gzip");
  CHECK(chosen("x-gzip", all) == "gzip");
  CHECK(chosen("*", all) == "br");
  CHECK(chosen("br;q=0, *", all) == "zstd");
  CHECK(chosen("br;q=0.5, gzip", all) == "gzip");
  CHECK(chosen("br; q=0.001, gzip;q=0", all) == "br");
  CHECK(chosen("identity, br;q=0.5", all) == "identity");
  CHECK(chosen("identity;q=0", all) == "identity");
  CHECK(chosen("deflate", all) == "identity");
  CHECK(chosen("br;q=x", all) == "identity");
}

}  // namespace
}  // namespace nano::http

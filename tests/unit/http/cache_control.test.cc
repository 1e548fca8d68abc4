// Cache-Control, as tables from RFC 9111, section 5.2.
#include <catch2/catch.hpp>

#include "http/cache_control.h"

namespace nano::http {
namespace {

CacheControl Parsed(std::string_view line) {
  CacheControl control;
  control.Add(line);
  return control;
}

TEST_CASE("directives stand in any case, with spaces, and beside others", "[cache]") {
  CHECK(Parsed("no-store").no_store);
  CHECK(Parsed("NO-Store").no_store);
  CHECK(Parsed(" max-age=1 ,\tno-store ,").no_store);
  CHECK(Parsed("x-unknown=\"no, no-store\", public").is_public);
  CHECK_FALSE(Parsed("x-unknown=\"no, no-store\", public").no_store);
  CHECK_FALSE(Parsed("no-stored").no_store);
  CHECK_FALSE(Parsed("").no_store);
  CHECK(Parsed("must-revalidate, must-understand").must_revalidate);
  CHECK(Parsed("must-revalidate, must-understand").must_understand);
  CHECK(Parsed(",,; =, = \"\", public").is_public);
}

TEST_CASE("seconds are numbers, the first of each name; others are none left", "[cache]") {
  struct Case {
    std::string_view line;
    std::optional<int64_t> max_age, s_maxage;
  };
  for (const Case& one : {
           Case{"max-age=60", 60, std::nullopt},
           Case{"max-age=\"60\"", 60, std::nullopt},  // Section 5.2: both forms are accepted.
           Case{"max-age = 60", 60, std::nullopt},
           Case{"s-maxage=1, max-age=2", 2, 1},
           Case{"max-age=1, max-age=2", 1, std::nullopt},  // Section 4.2.1: the first.
           Case{"max-age=0", 0, std::nullopt},
           Case{"max-age=-1", 0, std::nullopt},
           Case{"max-age=1.5", 0, std::nullopt},
           Case{"max-age=soon", 0, std::nullopt},
           Case{"max-age", 0, std::nullopt},
           Case{"max-age=", 0, std::nullopt},
           Case{"max-age=99999999999999999999", kMostSeconds, std::nullopt},
           Case{"s-maxage=9223372036854775808", std::nullopt, kMostSeconds},
           Case{"public", std::nullopt, std::nullopt},
       }) {
    CAPTURE(one.line);
    const CacheControl control = Parsed(one.line);
    CHECK(control.max_age == one.max_age);
    CHECK(control.s_maxage == one.s_maxage);
  }
}

TEST_CASE("private and no-cache are of the whole or of some fields", "[cache]") {
  CHECK(Parsed("private").is_private);
  CHECK(Parsed("private=").is_private);
  CHECK(Parsed("private=\"\"").is_private);
  CHECK(Parsed("no-cache").no_cache);
  const CacheControl cookie = Parsed("private=Set-Cookie, max-age=5");
  CHECK_FALSE(cookie.is_private);
  CHECK(cookie.private_fields == "Set-Cookie");
  CHECK(cookie.max_age == 5);
  const CacheControl two = Parsed("Private=\"set-cookie, X-A\", no-cache=\"x-b\"");
  CHECK(two.private_fields == "set-cookie, X-A");
  CHECK(two.no_cache_fields == "x-b");
  CHECK_FALSE(two.no_cache);
  // Two lists are no list: all of it is private.
  CHECK(Parsed("private=a, private=b").is_private);
  // A text without an end goes to the line's, and hides nothing that is behind it.
  CHECK(Parsed("private=\"a, no-store").private_fields == "a, no-store");
  CHECK(Parsed("private=\"a\\").private_fields == "a\\");
}

TEST_CASE("lines of the field add up", "[cache]") {
  CacheControl control = Parsed("max-age=7");
  control.Add("no-store");
  control.Add("max-age=8");
  CHECK(control.no_store);
  CHECK(control.max_age == 7);
}

TEST_CASE("a list of fields has their names, whole and in any case", "[cache]") {
  CHECK(ListsField("Set-Cookie", "set-cookie"));
  CHECK(ListsField(" a ,Set-Cookie\t", "set-cookie"));
  CHECK_FALSE(ListsField("Set-Cookie2", "set-cookie"));
  CHECK_FALSE(ListsField("", "set-cookie"));
}

}  // namespace
}  // namespace nano::http

// Tests of what an app may log.
#include "server/log/app_log_limit.h"

#include <catch2/catch.hpp>
#include <string>

#include "server/log/cut_text.h"

namespace nano::server {
namespace {

TEST_CASE("a line that is too long is cut, and says how much is missing") {
  CHECK(CutText("abc", 3) == "abc");
  CHECK(CutText("abcdef", 3) == "abc … (3 more bytes)");
  CHECK(CutText("abé", 3) == "ab … (2 more bytes)");
  CHECK(CutText("é", 1) == " … (2 more bytes)");
  CHECK(CutText("abc", 3, 7) == "abc … (at least 7 more bytes)");
  CHECK(CutText("abé", 3, 7) == "ab … (at least 9 more bytes)");
  AppLogLimit limit(5, 0);
  CHECK(limit.Take("123", 0, 9) == "123 … (at least 9 more bytes)");
  CHECK(limit.Take("1234567", 0, 9) == "12345 … (at least 11 more bytes)");
  CHECK(limit.Take("12345", 0) == "12345");
  CHECK(limit.Take("1234567", 0) == "12345 … (2 more bytes)");
  AppLogLimit none(0, 0);
  CHECK(none.Take(std::string(1 << 20, 'x'), 0)->size() == 1 << 20);
}

TEST_CASE("a second's worth may come at once, then lines are dropped and counted") {
  AppLogLimit limit(0, 100);
  const std::string line(40, 'x');
  CHECK(limit.Take(line, 5000));
  CHECK(limit.Take(line, 5000));
  CHECK_FALSE(limit.Take(line, 5000));
  CHECK_FALSE(limit.Take(line, 5001));
  CHECK(limit.TakeDropped() == 2);
  CHECK(limit.TakeDropped() == 0);
  // 100 bytes a second: after 200 ms there is room for 40 again.
  CHECK(limit.Take(line, 5201));
  CHECK_FALSE(limit.Take(line, 5202));
  CHECK(limit.TakeDropped() == 1);
}

TEST_CASE("a line that is larger than a second's worth is written when nothing else is") {
  AppLogLimit limit(0, 100);
  const std::string line(1000, 'x');
  CHECK(limit.Take(line, 1000));
  CHECK_FALSE(limit.Take("x", 2000));
  CHECK(limit.Take("x", 20'000));
}

TEST_CASE("a long silence saves up nothing") {
  AppLogLimit limit(0, 100);
  CHECK(limit.Take(std::string(100, 'x'), 1));
  CHECK(limit.Take(std::string(100, 'x'), 1'000'000));
  CHECK_FALSE(limit.Take("x", 1'000'000));
}

}  // namespace
}  // namespace nano::server

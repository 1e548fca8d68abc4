// Sizes and durations.
#include "config/yaml/units.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <map>
#include <string>

using namespace nano;
using namespace nano::config;
using namespace std::chrono_literals;
using Catch::Contains;

TEST_CASE("sizes are read in both kinds of units") {
  const std::map<std::string, uint64_t> sizes = {
      {"0", 0},          {"4096", 4096},         {"7B", 7},           {"16KiB", 16384},
      {"16 KiB", 16384}, {"10MB", 10'000'000},   {"128MiB", 1 << 27}, {"2GiB", uint64_t{1} << 31},
      {"1KB", 1000},     {"3GB", 3'000'000'000}, {"007", 7}};
  for (const auto& [text, bytes] : sizes) {
    CAPTURE(text);
    REQUIRE(ParseSize(text).ok());
    CHECK(*ParseSize(text) == bytes);
  }
}

TEST_CASE("what is no size is refused with an example") {
  for (const char* text : {"", "KiB", "-1", "+1", "1.5MiB", "16kib", "16K", "16  KiB", "16KiB ",
                           " 1", "1e3", "0x10", "sixteen", "16KiBs"}) {
    CAPTURE(text);
    REQUIRE_FALSE(ParseSize(text).ok());
    CHECK_THAT(ParseSize(text).error().message, Contains("is not a size"));
    CHECK_THAT(ParseSize(text).error().hint, Contains("16KiB"));
  }
  for (const char* text : {"99999999999999999999", "9223372036854775808", "8589934592GiB"}) {
    CAPTURE(text);
    REQUIRE_FALSE(ParseSize(text).ok());
    CHECK_THAT(ParseSize(text).error().message, Contains("too large"));
  }
}

TEST_CASE("durations need a unit") {
  CHECK(*ParseDuration("500ms") == 500ms);
  CHECK(*ParseDuration("75s") == 75s);
  CHECK(*ParseDuration("2m") == 2min);
  CHECK(*ParseDuration("3h") == 3h);
  CHECK(*ParseDuration("0s") == 0ms);
  REQUIRE_FALSE(ParseDuration("75").ok());
  CHECK_THAT(ParseDuration("75").error().message, Contains("has no unit"));
  for (const char* text :
       {"", "s", "-1s", "1d", "1.5s", "1M", "99999999999999999999s", "9223372036854775807s"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseDuration(text).ok());
  }
}

TEST_CASE("sizes and durations print as they are read") {
  CHECK(FormatSize(0) == "0");
  CHECK(FormatSize(1000) == "1KB");
  CHECK(FormatSize(1001) == "1001B");
  CHECK(FormatSize(64'000'000) == "64MB");
  CHECK(FormatSize(65'536'000) == "64000KiB");
  CHECK(FormatSize(16384) == "16KiB");
  CHECK(FormatSize(uint64_t{3} << 30) == "3GiB");
  CHECK(FormatDuration(1500ms) == "1500ms");
  CHECK(FormatDuration(90s) == "90s");
  CHECK(FormatDuration(2min) == "2m");
  CHECK(FormatDuration(0ms) == "0s");
}

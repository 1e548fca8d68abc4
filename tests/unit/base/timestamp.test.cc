// Moments in the words of RFC 3339.
#include "base/timestamp.h"

#include <catch2/catch.hpp>

using namespace nano;

TEST_CASE("a moment is told in UTC, to the millisecond") {
  CHECK(Timestamp(1'769'868'187'123) == "2026-01-31T14:03:07.123Z");
  CHECK(Timestamp(0) == "1970-01-01T00:00:00.000Z");
  std::string text = "at ";
  AppendTimestamp(text, 1'000'000'000'005);
  CHECK(text == "at 2001-09-09T01:46:40.005Z");
}

TEST_CASE("a moment is read in any zone, and nothing else") {
  CHECK(ParseTimestamp("2026-01-31T14:03:07.123Z") == 1'769'868'187'123);
  CHECK(ParseTimestamp("2026-01-31T14:03:07Z") == 1'769'868'187'000);
  CHECK(ParseTimestamp("2026-01-31T14:03:07.1239Z") == 1'769'868'187'123);
  CHECK(ParseTimestamp("2026-01-31T16:33:07.5+02:30") == 1'769'868'187'500);
  CHECK(ParseTimestamp("2026-01-30T23:03:07-15:00") == 1'769'868'187'000);
  CHECK(ParseTimestamp("1970-01-01T00:00:00Z") == 0);
  CHECK(ParseTimestamp("2028-02-29T00:00:00Z").has_value());
  for (const char* text :
       {"", "noon", "2026-01-31", "2026-01-31T14:03", "2026-01-31T14:03:07", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T00:60:00Z",
        "2026-01-31T14:03:60Z", "2026-01-31T14:03:07.Z", "2026-01-31T14:03:07+2:00",
        "2026-01-31T14:03:07+24:00", "2026-01-31 14:03:07Z", "1969-12-31T23:59:59Z",
        "2026-01-31T14:03:07Zx", "2O26-01-31T14:03:07Z"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseTimestamp(text).has_value());
  }
}

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

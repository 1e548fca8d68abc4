// What a histogram tells of most requests.
#include "server/metrics/durations.h"

#include <catch2/catch.hpp>

namespace nano::server {

TEST_CASE("a bound that so many percent did not pass is the least one") {
  DurationCounts counts{};
  CHECK_FALSE(BoundOfPercent(counts, 50).has_value());
  counts[0] = 1;
  CHECK(BoundOfPercent(counts, 50) == 1'000);
  CHECK(BoundOfPercent(counts, 99) == 1'000);
  // Of three, 99 % are three, and half are two.
  counts[3] = 2;
  CHECK(BoundOfPercent(counts, 50) == 10'000);
  CHECK(BoundOfPercent(counts, 33) == 1'000);
  CHECK(BoundOfPercent(counts, 99) == 10'000);
  counts[0] = 97;
  CHECK(BoundOfPercent(counts, 50) == 1'000);
  // 99 of 100 exactly.
  counts = {};
  counts[1] = 99;
  counts[kDurations - 1] = 1;
  CHECK(BoundOfPercent(counts, 99) == 2'500);
  CHECK_FALSE(BoundOfPercent(counts, 100).has_value());
  // Numbers of years.
  counts[1] = UINT64_MAX / 2;
  CHECK(BoundOfPercent(counts, 99) == 2'500);
}

}  // namespace nano::server

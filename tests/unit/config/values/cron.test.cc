// Cron expressions: what they mean, and what is none.
#include "config/values/cron.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/timestamp.h"

namespace nano::config {
namespace {

CronExpression Parsed(const std::string& text) {
  Result<CronExpression> cron = CronExpression::Parse(text);
  if (!cron.ok()) FAIL(cron.error().ToString());
  return std::move(cron).value();
}

// The next ones after a moment, without the milliseconds.
std::vector<std::string> After(const std::string& text, const std::string& moment, size_t count) {
  const CronExpression cron = Parsed(text);
  int64_t at = ParseTimestamp(moment).value();
  std::vector<std::string> times;
  while (times.size() < count) {
    at = cron.Next(at).value();
    times.push_back(Timestamp(at).substr(0, 19));
  }
  return times;
}

using Times = std::vector<std::string>;

TEST_CASE("A cron expression means moments", "[config][cron]") {
  struct Row {
    const char* cron;
    const char* after;
    Times next;
  };
  const Row row = GENERATE(
      // Every field.
      Row{"* * * * *", "2026-01-31T14:03:07Z", {"2026-01-31T14:04:00", "2026-01-31T14:05:00"}},
      Row{"*/30 * * * *", "2026-01-31T23:45:00Z", {"2026-02-01T00:00:00", "2026-02-01T00:30:00"}},
      Row{"7/20 * * * *",
          "2026-01-01T00:07:00Z",
          {"2026-01-01T00:27:00", "2026-01-01T00:47:00", "2026-01-01T01:07:00"}},
      Row{"0,15-17 3 * * *",
          "2026-01-01T00:00:00Z",
          {"2026-01-01T03:00:00", "2026-01-01T03:15:00", "2026-01-01T03:16:00",
           "2026-01-01T03:17:00", "2026-01-02T03:00:00"}},
      Row{"10-20/5 0 * * *",
          "2026-01-01T00:00:00Z",
          {"2026-01-01T00:10:00", "2026-01-01T00:15:00", "2026-01-01T00:20:00",
           "2026-01-02T00:10:00"}},
      Row{"45 17 LW * *", "2026-01-01T00:00:00Z", {"2026-01-30T17:45:00", "2026-02-27T17:45:00"}},
      // Of a moment that matches, the next one; and just before one, that.
      Row{"0 12 * * *", "2026-06-01T12:00:00Z", {"2026-06-02T12:00:00"}},
      Row{"0 12 * * *", "2026-06-01T11:59:59.999Z", {"2026-06-01T12:00:00"}},
      // Months by names; across the year's end.
      Row{"0 0 1 Jan,jul *",
          "2026-02-01T00:00:00Z",
          {"2026-07-01T00:00:00", "2027-01-01T00:00:00"}},
      Row{"0 0 1 nov-feb *",
          "2026-10-15T00:00:00Z",
          {"2026-11-01T00:00:00", "2026-12-01T00:00:00", "2027-01-01T00:00:00",
           "2027-02-01T00:00:00", "2027-11-01T00:00:00"}},
      // Days of the week: 1 is Sunday. 2026-01-04 is one.
      Row{"0 0 * * 1", "2026-01-01T00:00:00Z", {"2026-01-04T00:00:00", "2026-01-11T00:00:00"}},
      Row{"0 0 * * 7", "2026-01-01T00:00:00Z", {"2026-01-03T00:00:00"}},
      Row{"0 0 * * L", "2026-01-01T00:00:00Z", {"2026-01-03T00:00:00"}},
      Row{"10 7 * * mon-fri", "2026-01-02T08:00:00Z", {"2026-01-05T07:10:00"}},
      Row{"0 0 * * FRI-MON",
          "2026-01-06T00:00:00Z",
          {"2026-01-09T00:00:00", "2026-01-10T00:00:00", "2026-01-11T00:00:00",
           "2026-01-12T00:00:00", "2026-01-16T00:00:00"}},
      Row{"0 0 * * friL", "2026-01-01T00:00:00Z", {"2026-01-30T00:00:00", "2026-02-27T00:00:00"}},
      Row{"0 0 * * 6L", "2026-01-01T00:00:00Z", {"2026-01-30T00:00:00"}},
      Row{"0 0 * * mon#1", "2026-01-01T00:00:00Z", {"2026-01-05T00:00:00", "2026-02-02T00:00:00"}},
      Row{"0 0 * * 5#5", "2026-01-01T00:00:00Z", {"2026-01-29T00:00:00", "2026-04-30T00:00:00"}},
      // Days of the month.
      Row{"0 0 L * *", "2026-01-31T00:00:00Z", {"2026-02-28T00:00:00", "2026-03-31T00:00:00"}},
      Row{"0 0 L-3 2 *",
          "2026-01-31T00:00:00Z",
          {"2026-02-25T00:00:00", "2027-02-25T00:00:00", "2028-02-26T00:00:00"}},
      // The 15th is a Sunday, a Wednesday, a Saturday.
      Row{"0 0 15W 2,4,8 *",
          "2026-01-01T00:00:00Z",
          {"2026-02-16T00:00:00", "2026-04-15T00:00:00", "2026-08-14T00:00:00"}},
      // The first is a Saturday; the 31st a Sunday: not into another month.
      Row{"0 0 1W 8 *", "2026-01-01T00:00:00Z", {"2026-08-03T00:00:00"}},
      Row{"0 0 31W 5 *", "2026-01-01T00:00:00Z", {"2026-05-29T00:00:00"}},
      // Months without such a day are left out.
      Row{"0 0 31 * *", "2026-01-31T00:00:00Z", {"2026-03-31T00:00:00", "2026-05-31T00:00:00"}},
      Row{"0 0 31W * *", "2026-01-31T00:00:00Z", {"2026-03-31T00:00:00"}},
      // Leap years, and 2100, which is none.
      Row{"0 0 29 2 *", "2026-01-01T00:00:00Z", {"2028-02-29T00:00:00", "2032-02-29T00:00:00"}},
      Row{"0 0 29 2 *", "2096-03-01T00:00:00Z", {"2104-02-29T00:00:00"}},
      Row{"0 0 * 2 sun#5", "2004-03-01T00:00:00Z", {"2032-02-29T00:00:00"}},
      Row{"0 0 * 2 sun#5", "2088-03-01T00:00:00Z", {"2128-02-29T00:00:00"}},
      // Both days: either is enough.
      Row{"0 0 13 * fri",
          "2026-02-07T00:00:00Z",
          {"2026-02-13T00:00:00", "2026-02-20T00:00:00", "2026-02-27T00:00:00",
           "2026-03-06T00:00:00", "2026-03-13T00:00:00"}},
      Row{"0 0 ? * sun", "2026-01-01T00:00:00Z", {"2026-01-04T00:00:00"}},
      // Seconds.
      Row{"*/20 * * * * *",
          "2026-12-31T23:59:30Z",
          {"2026-12-31T23:59:40", "2027-01-01T00:00:00", "2027-01-01T00:00:20"}},
      Row{"30 5 * * * *", "2026-01-01T00:05:30Z", {"2026-01-01T01:05:30"}},
      Row{"30 5 * * * *", "2026-01-01T00:05:29.500Z", {"2026-01-01T00:05:30"}},
      Row{"10 0,30 6,8 * * *", "2026-01-01T06:30:20Z", {"2026-01-01T08:00:10"}},
      // The calendar's beginning.
      Row{"0 0 1 1 *", "1970-01-01T00:00:00Z", {"1971-01-01T00:00:00"}});
  CAPTURE(row.cron, row.after);
  CHECK(After(row.cron, row.after, row.next.size()) == row.next);
}

TEST_CASE("A cron expression has five fields or six", "[config][cron]") {
  CHECK(Parsed("  0\t0 1   1 * ").text() == "0 0 1 1 *");
  CHECK_FALSE(Parsed("* * * * *").has_seconds());
  CHECK(Parsed("* * * * * *").has_seconds());
  CHECK(Parsed("0 0 1 1 *") == Parsed("0  0 1 1 *"));
}

TEST_CASE("The calendar ends", "[config][cron]") {
  const CronExpression cron = Parsed("0 0 1 1 *");
  CHECK(cron.Next(ParseTimestamp("9998-12-31T23:59:59Z").value()).has_value());
  CHECK_FALSE(cron.Next(ParseTimestamp("9999-12-31T23:59:59Z").value()).has_value());
  CHECK_FALSE(cron.Next(INT64_MAX).has_value());
  CHECK_FALSE(cron.Next(INT64_MIN).has_value());
}

TEST_CASE("What is no cron expression is told", "[config][cron]") {
  struct Row {
    const char* cron;
    const char* message;
  };
  const Row row = GENERATE(
      Row{"", "has 0"}, Row{"* * * *", "has 4"}, Row{"* * * * * * *", "has 7"},
      Row{"@daily", "has 1"}, Row{"60 * * * *", "'60' is no minute"},
      Row{"* 24 * * *", "'24' is no hour"}, Row{"* * 0 * *", "'0' is no day of the month"},
      Row{"* * 32 * *", "'32' is no day of the month"}, Row{"* * * 13 *", "'13' is no month"},
      Row{"* * * * 0", "1 is Sunday"}, Row{"* * * * 8", "'8' is no day of the week"},
      Row{"* * * * moon", "'moon' is no day of the week"},
      Row{"* * * juno *", "'juno' is no month"}, Row{"60 * * * * *", "'60' is no second"},
      Row{"*/0 * * * *", "'0' is no step"}, Row{"*/60 * * * *", "'60' is no step"},
      Row{"*/ * * * *", "'' is no step"}, Row{"1- * * * *", "'' is no minute"},
      Row{"-1 * * * *", "'' is no minute"}, Row{"1,,2 * * * *", "'' is no minute"},
      Row{"+1 * * * *", "'+1' is no minute"}, Row{"1.5 * * * *", "'1.5' is no minute"},
      Row{"99999999999999999999 * * * *", "is no minute"}, Row{"mon * * * *", "'mon' is no minute"},
      Row{"* * L-0 * *", "'L-0'"}, Row{"* * L-31 * *", "'L-31'"},
      Row{"* * W * *", "'W' is no day of the month"}, Row{"* * 32W * *", "'32' is no day"},
      Row{"* * * * fri#6", "no month has that many"}, Row{"* * * * fri#", "no month has that many"},
      Row{"* * * * #1", "'' is no day of the week"}, Row{"* * * * 9L", "'9' is no day of the week"},
      // What never comes.
      Row{"0 0 31 2 *", "never comes"}, Row{"0 0 30 feb *", "never comes"},
      Row{"0 0 31 4,6,9,11 *", "never comes"}, Row{"0 0 31W 2 *", "never comes"},
      Row{"0 0 L-30 2 *", "never comes"});
  CAPTURE(row.cron);
  const Result<CronExpression> cron = CronExpression::Parse(row.cron);
  REQUIRE_FALSE(cron.ok());
  CHECK_THAT(cron.error().ToString(), Catch::Contains(row.message));
}

}  // namespace
}  // namespace nano::config

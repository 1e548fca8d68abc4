// A cron expression: the moments at which something is to happen, in UTC, as Cloudflare has them
// for its cron triggers.
//
// Five fields: minute, hour, day of the month, month, day of the week, where 1 is Sunday and 7
// Saturday. Six, which is NANO's addition: the second before them. A field is `*`, or a list by
// commas of values, ranges (`a-b`, also across the end: `fri-mon`) and steps (`*/n`, `a/n`,
// `a-b/n`); months and days of the week have names of three letters. A day of the month can be `L`
// (the last one), `L-n` (n days before it), `LW` (the last weekday) or `nW` (the weekday nearest to
// the n-th in its month); a day of the week `nL` (the last of the month) or `n#m` (the m-th). If
// both days are restricted, either of them is enough.
//
// Owns its values. Immutable; thread-safe as any value type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nano::config {

class CronExpression {
 public:
  // Fails on what is none, and on what never comes (`0 0 31 2 *`). The Error has no `where`.
  static Result<CronExpression> Parse(std::string_view text);

  // As it was written, but for the space around it.
  const std::string& text() const { return text_; }
  // Whether it has a field for them; else it is for the beginning of a minute.
  bool has_seconds() const { return has_seconds_; }

  // The first moment after another, both in milliseconds since 1970. None: there is none within
  // sixty years, or it is no time that the calendar has.
  std::optional<int64_t> Next(int64_t after) const;

  bool operator==(const CronExpression& other) const { return text_ == other.text_; }

 private:
  enum class DayKind : uint8_t { kAny, kListed, kBeforeLast, kNearestWeekday, kLastWeekday };
  enum class WeekdayKind : uint8_t { kAny, kListed, kLast, kNth };

  CronExpression() = default;
  Result<void> ReadDays(std::string_view field);
  Result<void> ReadWeekdays(std::string_view field);
  uint32_t DaysOf(int year, unsigned month) const;

  std::string text_;
  bool has_seconds_ = false;
  // A bit for each value.
  uint64_t seconds_ = 1;
  uint64_t minutes_ = 0;
  uint64_t hours_ = 0;
  uint64_t months_ = 0;
  DayKind day_kind_ = DayKind::kAny;
  uint64_t days_ = 0;  // Those that are listed.
  unsigned day_ = 0;   // Of kBeforeLast how many before it, of kNearestWeekday to which.
  WeekdayKind weekday_kind_ = WeekdayKind::kAny;
  uint64_t weekdays_ = 0;  // Bit 1 is Sunday.
  unsigned weekday_ = 0;   // Of the other kinds; 1 is Sunday …
  unsigned nth_ = 0;       // … and the how manieth.
};

}  // namespace nano::config

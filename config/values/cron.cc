// Fields to bits, and from bits to days. See cron.h.
#include "config/values/cron.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <charconv>
#include <chrono>
#include <span>
#include <utility>
#include <vector>

namespace nano::config {
namespace {

namespace chr = std::chrono;

constexpr int kYears = 60;  // A fifth Sunday of February comes after forty years at most.
constexpr int64_t kDayMs = 86'400'000;
// What the calendar has: the years to 9999.
constexpr int64_t kLatest = 253'402'300'799'000;

constexpr std::string_view kMonthNames[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                            "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::string_view kDayNames[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

// What a field's values are.
struct Field {
  const char* what;
  unsigned min, max;
  std::span<const std::string_view> names{};  // Of the values from `min` on.
};

constexpr Field kSeconds{"second", 0, 59};
constexpr Field kMinutes{"minute", 0, 59};
constexpr Field kHours{"hour", 0, 23};
constexpr Field kDays{"day of the month", 1, 31};
constexpr Field kMonths{"month", 1, 12, kMonthNames};
constexpr Field kWeekdays{"day of the week", 1, 7, kDayNames};

std::string Quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

bool IsSame(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == b;
  });
}

std::optional<unsigned> NumberIn(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Error NoValue(std::string_view text, const Field& field) {
  std::string hint = "From " + std::to_string(field.min) + " to " + std::to_string(field.max) + ".";
  if (&field == &kWeekdays) hint = "1 is Sunday and 7 Saturday, or sun to sat.";
  if (&field == &kMonths) hint = "From 1 to 12, or jan to dec.";
  return {Quoted(text) + " is no " + field.what, "", std::move(hint)};
}

Result<unsigned> ValueIn(std::string_view text, const Field& field) {
  for (size_t i = 0; i < field.names.size(); ++i) {
    if (IsSame(text, field.names[i])) return field.min + static_cast<unsigned>(i);
  }
  const std::optional<unsigned> number = NumberIn(text);
  if (!number || *number < field.min || *number > field.max) return NoValue(text, field);
  return *number;
}

// One of a list: `*`, a value or a range, each with or without a step.
Result<uint64_t> BitsOfItem(std::string_view item, const Field& field) {
  unsigned step = 1;
  std::string_view range = item;
  const size_t slash = item.find('/');
  if (slash != item.npos) {
    range = item.substr(0, slash);
    const std::optional<unsigned> number = NumberIn(item.substr(slash + 1));
    if (!number || *number == 0 || *number > field.max) {
      return Error{Quoted(item.substr(slash + 1)) + " is no step of a " + field.what, "",
                   "From 1 to " + std::to_string(field.max) + ", as in */5."};
    }
    step = *number;
  }
  unsigned from = field.min;
  unsigned to = field.max;
  if (range != "*") {
    const size_t dash = range.find('-');
    from = TRY(ValueIn(range.substr(0, dash), field));
    if (dash != range.npos) {
      to = TRY(ValueIn(range.substr(dash + 1), field));
    } else if (slash == item.npos) {
      to = from;
    }
  }
  // Across the end, as from Friday to Monday.
  if (to < from) to += field.max - field.min + 1;
  uint64_t bits = 0;
  for (unsigned value = from; value <= to; value += step) {
    bits |= uint64_t{1} << (value <= field.max ? value : value - field.max - 1 + field.min);
  }
  return bits;
}

Result<uint64_t> BitsOf(std::string_view list, const Field& field) {
  uint64_t bits = 0;
  for (;;) {
    const size_t comma = list.find(',');
    bits |= TRY(BitsOfItem(list.substr(0, comma), field));
    if (comma == list.npos) return bits;
    list.remove_prefix(comma + 1);
  }
}

std::vector<std::string_view> Split(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  std::vector<std::string_view> fields;
  for (;;) {
    const size_t begin = text.find_first_not_of(kSpace);
    if (begin == text.npos) return fields;
    text.remove_prefix(begin);
    const size_t end = std::min(text.find_first_of(kSpace), text.size());
    fields.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

unsigned DaysIn(int year, unsigned month) {
  return static_cast<unsigned>((chr::year(year) / chr::month(month) / chr::last).day());
}

// 1 is Sunday.
unsigned WeekdayOf(int year, unsigned month, unsigned day) {
  const chr::sys_days date = chr::year(year) / chr::month(month) / chr::day(day);
  return chr::weekday(date).c_encoding() + 1;
}

// The weekday nearest to a day, in its month; 0: the month has no such day.
unsigned NearestWeekday(int year, unsigned month, unsigned day) {
  const unsigned last = DaysIn(year, month);
  if (day > last) return 0;
  const unsigned weekday = WeekdayOf(year, month, day);
  if (weekday == 7) return day == 1 ? 3 : day - 1;
  if (weekday == 1) return day == last ? day - 2 : day + 1;
  return day;
}

// The first value from `from` on of which there is a bit; 64: none.
unsigned FirstFrom(uint64_t bits, unsigned from) {
  return from >= 64 ? 64 : static_cast<unsigned>(std::countr_zero(bits >> from << from));
}

}  // namespace

Result<void> CronExpression::ReadDays(std::string_view field) {
  if (field == "*" || field == "?") return {};
  if (IsSame(field, "lw")) {
    day_kind_ = DayKind::kLastWeekday;
    return {};
  }
  if (IsSame(field.substr(0, 1), "l") && (field.size() == 1 || field[1] == '-')) {
    day_kind_ = DayKind::kBeforeLast;
    if (field.size() == 1) return {};
    const std::optional<unsigned> before = NumberIn(field.substr(2));
    if (!before || *before == 0 || *before >= kDays.max) {
      return Error{Quoted(field) + " is no day before a month's last one", "",
                   "From L-1 to L-30; L is the last one."};
    }
    day_ = *before;
    return {};
  }
  if (field.size() > 1 && IsSame(field.substr(field.size() - 1), "w")) {
    day_ = TRY(ValueIn(field.substr(0, field.size() - 1), kDays));
    day_kind_ = DayKind::kNearestWeekday;
    return {};
  }
  day_kind_ = DayKind::kListed;
  days_ = TRY(BitsOf(field, kDays));
  return {};
}

Result<void> CronExpression::ReadWeekdays(std::string_view field) {
  if (field == "*" || field == "?") return {};
  if (const size_t hash = field.find('#'); hash != field.npos) {
    weekday_ = TRY(ValueIn(field.substr(0, hash), kWeekdays));
    const std::optional<unsigned> nth = NumberIn(field.substr(hash + 1));
    if (!nth || *nth < 1 || *nth > 5) {
      return Error{Quoted(field) + ": no month has that many of a day of the week", "",
                   "From #1 to #5, as in fri#2 for the second Friday."};
    }
    nth_ = *nth;
    weekday_kind_ = WeekdayKind::kNth;
    return {};
  }
  // Alone it is the week's last day.
  if (IsSame(field, "l")) {
    weekday_kind_ = WeekdayKind::kListed;
    weekdays_ = uint64_t{1} << kWeekdays.max;
    return {};
  }
  if (IsSame(field.substr(field.size() - 1), "l")) {
    weekday_ = TRY(ValueIn(field.substr(0, field.size() - 1), kWeekdays));
    weekday_kind_ = WeekdayKind::kLast;
    return {};
  }
  weekday_kind_ = WeekdayKind::kListed;
  weekdays_ = TRY(BitsOf(field, kWeekdays));
  return {};
}

Result<CronExpression> CronExpression::Parse(std::string_view text) {
  constexpr size_t kFields = 5;
  const std::vector<std::string_view> fields = Split(text);
  if (fields.size() != kFields && fields.size() != kFields + 1) {
    return Error{
        "a cron expression has five fields, or six, and " + Quoted(text) + " has " +
            std::to_string(fields.size()),
        "",
        "Minute, hour, day of the month, month, day of the week, as in '*/5 * * * *'; with "
        "six, the second comes first."};
  }
  CronExpression cron;
  cron.text_ = fields.front();
  for (size_t i = 1; i < fields.size(); ++i) cron.text_.append(" ").append(fields[i]);
  auto field = fields.begin();
  if (fields.size() > kFields) {
    cron.has_seconds_ = true;
    cron.seconds_ = TRY(BitsOf(*field++, kSeconds));
  }
  cron.minutes_ = TRY(BitsOf(*field++, kMinutes));
  cron.hours_ = TRY(BitsOf(*field++, kHours));
  TRY(cron.ReadDays(*field++));
  cron.months_ = TRY(BitsOf(*field++, kMonths));
  TRY(cron.ReadWeekdays(*field));
  if (!cron.Next(-1)) {
    return Error{Quoted(cron.text_) + " never comes: no such month has such a day", "", ""};
  }
  return cron;
}

// A bit for each day of that month.
uint32_t CronExpression::DaysOf(int year, unsigned month) const {
  const unsigned last = DaysIn(year, month);
  const uint64_t all = ((uint64_t{1} << last) - 1) << 1;
  const auto bit = [&](unsigned day) { return day == 0 ? 0 : (uint64_t{1} << day) & all; };
  uint64_t days = 0;
  switch (day_kind_) {
    case DayKind::kAny:
      break;
    case DayKind::kListed:
      days = days_ & all;
      break;
    case DayKind::kBeforeLast:
      days = day_ < last ? bit(last - day_) : 0;
      break;
    case DayKind::kNearestWeekday:
      days = bit(NearestWeekday(year, month, day_));
      break;
    case DayKind::kLastWeekday:
      days = bit(NearestWeekday(year, month, last));
      break;
  }
  if (weekday_kind_ == WeekdayKind::kAny) {
    return static_cast<uint32_t>(day_kind_ == DayKind::kAny ? all : days);
  }
  const unsigned first = WeekdayOf(year, month, 1);
  for (unsigned day = 1; day <= last; ++day) {
    const unsigned weekday = (first - 1 + day - 1) % 7 + 1;
    const bool matches = weekday_kind_ == WeekdayKind::kListed ? (weekdays_ >> weekday & 1) != 0
                         : weekday != weekday_                 ? false
                         : weekday_kind_ == WeekdayKind::kLast ? day + 7 > last
                                                               : (day - 1) / 7 + 1 == nth_;
    if (matches) days |= bit(day);
  }
  return static_cast<uint32_t>(days);
}

std::optional<int64_t> CronExpression::Next(int64_t after) const {
  if (after < -1 || after >= kLatest) return std::nullopt;
  // The first whole second behind it.
  const int64_t second = (after + 1000) / 1000;
  const chr::sys_days from{chr::days(second / 86'400)};
  const chr::year_month_day date(from);
  int year = static_cast<int>(date.year());
  const int end = year + kYears;
  unsigned month = static_cast<unsigned>(date.month());
  unsigned day = static_cast<unsigned>(date.day());
  const auto in_day = static_cast<unsigned>(second % 86'400);
  for (; year <= end; month == 12 ? (month = 1, ++year) : ++month, day = 1) {
    if ((months_ >> month & 1) == 0) continue;
    const uint64_t days = DaysOf(year, month);
    for (day = FirstFrom(days, day); day < 32; day = FirstFrom(days, day + 1)) {
      const bool is_first_day =
          chr::sys_days(chr::year(year) / chr::month(month) / chr::day(day)) == from;
      unsigned hour = is_first_day ? in_day / 3600 : 0;
      unsigned minute = is_first_day ? in_day / 60 % 60 : 0;
      unsigned first_second = is_first_day ? in_day % 60 : 0;
      for (unsigned h = FirstFrom(hours_, hour); h < 24; h = FirstFrom(hours_, h + 1)) {
        if (h != hour) minute = first_second = 0;
        for (unsigned m = FirstFrom(minutes_, minute); m < 60; m = FirstFrom(minutes_, m + 1)) {
          if (m != minute || h != hour) first_second = 0;
          const unsigned s = FirstFrom(seconds_, first_second);
          if (s >= 60) continue;
          const chr::sys_days found = chr::year(year) / chr::month(month) / chr::day(day);
          const int64_t at = int64_t{found.time_since_epoch().count()} * kDayMs +
                             int64_t{h * 3600 + m * 60 + s} * 1000;
          return at > kLatest ? std::nullopt : std::optional(at);
        }
      }
    }
  }
  return std::nullopt;
}

}  // namespace nano::config

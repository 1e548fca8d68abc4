// The three forms of a date, by hand: strftime and strptime follow the locale.
#include "http/date.h"

#include <array>
#include <cstring>

namespace nano::http {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr int64_t kDaySeconds = 86'400;

// Days since 1970 of a date of the Gregorian calendar, and back. An era is 400 years, which have as
// many days each; a year begins in March here, so that the leap day is its last.
constexpr int64_t kEraDays = 146'097;
constexpr int64_t kEpochShift = 719'468;  // From 0000-03-01 to 1970-01-01.

struct Civil {
  int64_t year = 0;
  int month = 0;  // From 1.
  int day = 0;    // From 1.
};

constexpr int64_t DaysOf(const Civil& date) {
  const int64_t year = date.month <= 2 ? date.year - 1 : date.year;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * ((date.month + 9) % 12) + 2) / 5 + date.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * kEraDays + day_of_era - kEpochShift;
}

constexpr Civil DateOf(int64_t days) {
  days += kEpochShift;
  const int64_t era = (days >= 0 ? days : days - (kEraDays - 1)) / kEraDays;
  const int64_t day_of_era = days - era * kEraDays;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month = (5 * day_of_year + 2) / 153;
  Civil date;
  date.day = static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1);
  date.month = static_cast<int>(month < 10 ? month + 3 : month - 9);
  date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

static_assert(DaysOf({1970, 1, 1}) == 0 && DaysOf({2000, 3, 1}) == 11'017);

void WriteDigits(int64_t number, int count, char* out) {
  for (int i = count; i-- > 0; number /= 10) out[i] = static_cast<char>('0' + number % 10);
}

// Takes a text apart from the front. What does not fit leaves it failed, whatever else is taken.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool Is(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  void Expect(std::string_view text) { ok_ = Is(text) && ok_; }

  // Exactly so many digits; with `padded`, the first may be a space.
  int Number(size_t digits, bool padded = false) {
    int number = 0;
    for (size_t i = 0; i < digits; ++i) {
      const char c = i < rest_.size() ? rest_[i] : '\0';
      if (c >= '0' && c <= '9') {
        number = number * 10 + (c - '0');
      } else if (!(padded && i == 0 && c == ' ')) {
        ok_ = false;
        return 0;
      }
    }
    rest_.remove_prefix(digits);
    return number;
  }

  // The place in a list of names, from 0.
  template <size_t N>
  std::optional<int> Name(const std::array<std::string_view, N>& names) {
    for (size_t i = 0; i < N; ++i) {
      if (Is(names[i])) return static_cast<int>(i);
    }
    return std::nullopt;
  }
  int Month() {
    const std::optional<int> month = Name(kMonths);
    ok_ = ok_ && month.has_value();
    return month.value_or(0) + 1;
  }

  bool whole() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

struct Moment {
  Civil date;
  int hour = 0, minute = 0, second = 0;
};

void TakeTime(Scanner& scanner, Moment& moment) {
  moment.hour = scanner.Number(2);
  scanner.Expect(":");
  moment.minute = scanner.Number(2);
  scanner.Expect(":");
  moment.second = scanner.Number(2);
}

constexpr int DaysOfMonth(const Civil& date) {
  constexpr std::array<int, 12> kDaysOf = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
  return date.month == 2 && leap ? 29 : kDaysOf[static_cast<size_t>(date.month - 1)];
}

// A leap second may be named; it is the first of the next minute.
std::optional<int64_t> SecondsOf(const Moment& moment) {
  const Civil& date = moment.date;
  if (date.year < 1 || date.day < 1 || date.day > DaysOfMonth(date)) return std::nullopt;
  if (moment.hour > 23 || moment.minute > 59 || moment.second > 60) return std::nullopt;
  return DaysOf(date) * kDaySeconds + moment.hour * 3600 + moment.minute * 60 + moment.second;
}

int64_t YearOf(int64_t seconds) {
  return DateOf(seconds / kDaySeconds - (seconds % kDaySeconds < 0 ? 1 : 0)).year;
}

}  // namespace

void WriteDate(int64_t seconds, char* out) {
  int64_t days = seconds / kDaySeconds;
  int64_t rest = seconds % kDaySeconds;
  if (rest < 0) {
    rest += kDaySeconds;
    --days;
  }
  const Civil date = DateOf(days);
  const int64_t weekday = ((days % 7) + 11) % 7;  // 1970-01-01 was a Thursday.
  std::memcpy(out, "Sun, 06 Nov 1994 08:49:37 GMT", kDateSize);
  std::memcpy(out, kDays[static_cast<size_t>(weekday)].data(), 3);
  WriteDigits(date.day, 2, out + 5);
  std::memcpy(out + 8, kMonths[static_cast<size_t>(date.month - 1)].data(), 3);
  WriteDigits(date.year, 4, out + 12);
  WriteDigits(rest / 3600, 2, out + 17);
  WriteDigits(rest / 60 % 60, 2, out + 20);
  WriteDigits(rest % 60, 2, out + 23);
}

std::optional<int64_t> ParseDate(std::string_view text, int64_t now) {
  Scanner scanner(text);
  Moment moment;
  if (scanner.Name(kLongDays)) {
    scanner.Expect(", ");
    moment.date.day = scanner.Number(2);
    scanner.Expect("-");
    moment.date.month = scanner.Month();
    scanner.Expect("-");
    const int64_t last = YearOf(now) + 50;
    moment.date.year = last - (last - scanner.Number(2)) % 100;
    scanner.Expect(" ");
    TakeTime(scanner, moment);
    scanner.Expect(" GMT");
  } else if (!scanner.Name(kDays)) {
    return std::nullopt;
  } else if (scanner.Is(", ")) {
    moment.date.day = scanner.Number(2);
    scanner.Expect(" ");
    moment.date.month = scanner.Month();
    scanner.Expect(" ");
    moment.date.year = scanner.Number(4);
    scanner.Expect(" ");
    TakeTime(scanner, moment);
    scanner.Expect(" GMT");
  } else {
    scanner.Expect(" ");
    moment.date.month = scanner.Month();
    scanner.Expect(" ");
    moment.date.day = scanner.Number(2, /*padded=*/true);
    scanner.Expect(" ");
    TakeTime(scanner, moment);
    scanner.Expect(" ");
    moment.date.year = scanner.Number(4);
  }
  if (!scanner.whole()) return std::nullopt;
  return SecondsOf(moment);
}

}  // namespace nano::http

// Days and seconds to digits.
#include "base/timestamp.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace nano {

int64_t WallClockMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void AppendTimestamp(std::string& out, int64_t milliseconds) {
  const time_t seconds = milliseconds / 1000;
  tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  out.append(text, strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts));
  const int size =
      std::snprintf(text, sizeof text, ".%03dZ", static_cast<int>(milliseconds % 1000));
  out.append(text, static_cast<size_t>(size));
}

std::optional<int64_t> ParseTimestamp(std::string_view text) {
  namespace chr = std::chrono;
  // Digits stand for themselves, all else for a digit's place.
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";
  constexpr std::string_view kOffset = "dd:dd";
  const auto has_form = [](std::string_view said, std::string_view form) {
    return said.size() == form.size() &&
           std::equal(said.begin(), said.end(), form.begin(), [](char c, char wanted) {
             return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted;
           });
  };
  const auto number = [](std::string_view digits) {
    int value = 0;
    for (const char c : digits) value = value * 10 + (c - '0');
    return value;
  };
  if (text.size() < kForm.size() || !has_form(text.substr(0, kForm.size()), kForm)) return {};
  const chr::year_month_day date(chr::year(number(text.substr(0, 4))),
                                 chr::month(static_cast<unsigned>(number(text.substr(5, 2)))),
                                 chr::day(static_cast<unsigned>(number(text.substr(8, 2)))));
  const int hours = number(text.substr(11, 2));
  const int minutes = number(text.substr(14, 2));
  const int seconds = number(text.substr(17, 2));
  if (!date.ok() || hours > 23 || minutes > 59 || seconds > 59) return {};
  int64_t at = int64_t{chr::sys_days(date).time_since_epoch().count()} * 86'400'000 +
               ((hours * 60 + minutes) * 60 + seconds) * int64_t{1000};
  text.remove_prefix(kForm.size());
  if (text.starts_with('.')) {
    size_t digits = 1;
    for (int scale = 100; digits < text.size() && text[digits] >= '0' && text[digits] <= '9';
         ++digits, scale /= 10) {
      at += (text[digits] - '0') * scale;
    }
    if (digits == 1) return {};
    text.remove_prefix(digits);
  }
  if (text != "Z") {
    if (text.empty() || (text[0] != '+' && text[0] != '-') || !has_form(text.substr(1), kOffset)) {
      return {};
    }
    const int offset_hours = number(text.substr(1, 2));
    const int offset_minutes = number(text.substr(4, 2));
    if (offset_hours > 23 || offset_minutes > 59) return {};
    const int64_t offset = (offset_hours * 60 + offset_minutes) * int64_t{60'000};
    at += text[0] == '+' ? -offset : offset;
  }
  return at < 0 ? std::nullopt : std::optional(at);
}

std::string Timestamp(int64_t milliseconds) {
  std::string text;
  AppendTimestamp(text, milliseconds);
  return text;
}

}  // namespace nano

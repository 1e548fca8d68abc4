// The text of a second.
#include "http/date_field.h"

#include <cstdio>

namespace nano::http {

std::string_view DateField::Get() {
  const time_t now = time(nullptr);
  if (now != second_) {
    static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    tm utc;
    gmtime_r(&now, &utc);
    // Not strftime: its names follow the locale.
    const int size = std::snprintf(
        text_, sizeof text_, "date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", kDays[utc.tm_wday],
        utc.tm_mday, kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
    size_ = size > 0 && static_cast<size_t>(size) < sizeof text_ ? static_cast<size_t>(size) : 0;
    second_ = now;
  }
  return {text_, size_};
}

}  // namespace nano::http

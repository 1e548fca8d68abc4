// Days and seconds to digits.
#include "base/timestamp.h"

#include <time.h>

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

std::string Timestamp(int64_t milliseconds) {
  std::string text;
  AppendTimestamp(text, milliseconds);
  return text;
}

}  // namespace nano

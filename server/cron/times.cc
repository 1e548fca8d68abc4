// One time after the other. See times.h.
#include "server/cron/times.h"

#include <algorithm>
#include <optional>

namespace nano::server {

DueTimes DueOf(const config::CronExpression& cron, int64_t handed, int64_t now) {
  constexpr uint64_t kMostCounted = 1000;
  if (handed > now + kSetBackMs) return {.times = {}, .handed = now};
  DueTimes due{.times = {}, .handed = handed};
  const int64_t since = now - kMadeUpForMs;
  for (std::optional<int64_t> time = cron.Next(handed); time && *time <= now;) {
    if (*time > since) {
      due.times.push_back(*time);
      due.handed = *time;
    } else if (++due.missed >= kMostCounted) {
      due.handed = since;
    } else {
      due.handed = *time;
    }
    time = cron.Next(due.handed);
  }
  return due;
}

}  // namespace nano::server

// Which times of a cron expression are to be handed out, by a clock that may jump. Owns nothing.
// Thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "config/values/cron.h"

namespace nano::server {

// What was missed is made up for if it is no longer ago, in milliseconds: a stop and a start, a
// machine that was busy or slept for a moment.
inline constexpr int64_t kMadeUpForMs = 60'000;
// A clock that was set back by more was wrong before. By less: what was handed out already is not
// handed out again, and the clock comes to where it was.
inline constexpr int64_t kSetBackMs = 3'600'000;

struct DueTimes {
  std::vector<int64_t> times;  // In their order.
  int64_t handed = 0;          // Up to when all has been handed out, or is given up, then.
  uint64_t missed = 0;         // How many are given up: a thousand at most are counted.
};

// `handed`: up to when all has been handed out. Milliseconds since 1970.
DueTimes DueOf(const config::CronExpression& cron, int64_t handed, int64_t now);

}  // namespace nano::server

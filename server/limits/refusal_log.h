// Lines about requests that were refused: one a second for each reason, which says how many there
// were besides. Thread: the worker's loop.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "server/limits/reason.h"

namespace nano::server {

class RefusalLog {
 public:
  static constexpr uint64_t kIntervalMs = 1000;

  // A refusal at this time. Its line, which begins with `what`, names what can be configured and
  // says how many had none since the last one; none: it gets no line.
  std::optional<std::string> Line(std::string what, Reason reason, uint64_t now_ms) {
    const std::optional<uint64_t> untold = Count(reason, now_ms);
    if (!untold) return std::nullopt;
    const ReasonWords& words = WordsOf(reason);
    what += words.title;
    if (!words.key.empty()) what.append(" (`").append(words.key).append("`)");
    if (*untold != 0) what += " (and " + std::to_string(*untold) + " more since the last line)";
    return what;
  }

  // Whether one at this time gets a line, and how many had none since the last one.
  std::optional<uint64_t> Count(Reason reason, uint64_t now_ms) {
    Entry& entry = entries_[static_cast<size_t>(reason)];
    if (entry.told && now_ms - entry.told_ms < kIntervalMs) {
      ++entry.untold;
      return std::nullopt;
    }
    const uint64_t untold = entry.untold;
    entry = {.told = true, .told_ms = now_ms};
    return untold;
  }

 private:
  struct Entry {
    bool told = false;
    uint64_t told_ms = 0;
    uint64_t untold = 0;
  };
  std::array<Entry, kReasons> entries_;
};

}  // namespace nano::server

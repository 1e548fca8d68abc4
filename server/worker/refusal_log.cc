// Counts, and comes back to it. See refusal_log.h for ownership and threads.
#include "server/worker/refusal_log.h"

#include <utility>

namespace nano::server {
namespace {

// What it was, and what can be configured.
std::string Named(std::string what, Reason reason, std::string_view key) {
  const ReasonWords& words = WordsOf(reason);
  what += words.title;
  if (key.empty()) key = words.key;
  if (!key.empty()) what.append(" (`").append(key).append("`)");
  return what;
}

std::string MoreSinceLast(uint64_t count) {
  return std::to_string(count) + " more since the last line";
}

}  // namespace

RefusalLog::~RefusalLog() {
  if (timer_) (void)Tell(0);
}

std::optional<std::string> RefusalLog::Line(std::string what, Reason reason, std::string_view key) {
  entries_[static_cast<size_t>(reason)].key = key;
  const std::optional<uint64_t> untold = Count(reason);
  if (!untold) return std::nullopt;
  std::string line = Named(std::move(what), reason, key);
  if (*untold != 0) line += " (and " + MoreSinceLast(*untold) + ")";
  return line;
}

std::optional<uint64_t> RefusalLog::Count(Reason reason) {
  Entry& entry = entries_[static_cast<size_t>(reason)];
  const uint64_t now = uv_now(loop_);
  if (!entry.told || now - entry.told_ms >= kIntervalMs) {
    entry.told = true;
    entry.told_ms = now;
    return std::exchange(entry.untold, 0);
  }
  ++entry.untold;
  if (!timer_) {
    timer_.emplace(loop_, [this] {
      if (!Tell(kIntervalMs)) timer_.reset();
    });
    timer_->Start(kIntervalMs, kIntervalMs);
  }
  return std::nullopt;
}

bool RefusalLog::Tell(uint64_t quiet_ms) {
  const uint64_t now = uv_now(loop_);
  bool any = false;
  for (size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    if (entry.untold == 0) continue;
    if (now - entry.told_ms < quiet_ms) {
      any = true;
      continue;
    }
    entry.told_ms = now;
    const uint64_t count = std::exchange(entry.untold, 0);
    const auto reason = static_cast<Reason>(i);
    tell_rest_(reason, Named(MoreSinceLast(count) + ": ", reason, entry.key), count);
  }
  return any;
}

}  // namespace nano::server

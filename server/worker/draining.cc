// Ends slots that have nothing to do any more. See draining.h for ownership and threads.
#include "server/worker/draining.h"

#include <algorithm>
#include <utility>

namespace nano::server {

Draining::Draining(uv_loop_t* loop, std::function<void()> on_change)
    : loop_(loop), on_change_(std::move(on_change)), deadline_(loop, [this] { Look(); }) {}

void Draining::Add(std::unique_ptr<AppSlot> slot) {
  const uint64_t now = uv_now(loop_);
  const auto timeout = static_cast<uint64_t>(slot->terms().drain_timeout.count());
  entries_.push_back({std::move(slot), now, now + timeout});
  if (!look_) {
    // Not from within a call into the isolate that is to end.
    look_.emplace(loop_, [this] { Look(); });
    look_->Start();
  }
  ArmDeadline();
}

bool Draining::Has(uint32_t version) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [version](const Entry& entry) { return entry.slot->version().id == version; });
}

void Draining::Look() {
  const uint64_t now = uv_now(loop_);
  std::vector<Entry> ended;
  for (size_t i = 0; i < entries_.size();) {
    Entry& entry = entries_[i];
    const bool is_late = now >= entry.deadline_ms;
    if (entry.slot->pending() != 0 && !is_late) {
      ++i;
      continue;
    }
    if (entry.slot->pending() != 0) entry.slot->Cut(now - entry.since_ms);
    ended.push_back(std::move(entry));
    entries_.erase(entries_.begin() + static_cast<ptrdiff_t>(i));
  }
  if (ended.empty()) return;
  ended.clear();  // Isolates end here.
  if (entries_.empty()) {
    look_.reset();
    deadline_.Stop();
  } else {
    ArmDeadline();
  }
  on_change_();
}

void Draining::ArmDeadline() {
  uint64_t first = UINT64_MAX;
  for (const Entry& entry : entries_) first = std::min(first, entry.deadline_ms);
  const uint64_t now = uv_now(loop_);
  deadline_.Start(first > now ? first - now : 0);
}

}  // namespace nano::server

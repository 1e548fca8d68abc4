// Lists of timeouts, and arming the timer for the first of them.
#include "net/timeouts.h"

#include <algorithm>
#include <utility>

#include "net/tick.h"

namespace nano::net {

Timeouts::Timeouts(uv_loop_t* loop, std::vector<uint64_t> durations)
    : loop_(loop),
      durations_(std::move(durations)),
      lists_(durations_.size()),
      timer_(loop, [this] { Fire(); }) {
  for (Timeout& list : lists_) list.previous = list.next = &list;
  // The owners keep the loop alive, their timeouts do not.
  timer_.Unref();
}

void Timeouts::Start(Timeout& timeout, uint8_t kind) {
  Clear(timeout);
  timeout.kind = kind;
  const uint64_t duration = durations_[kind];
  if (duration == 0) return;
  timeout.deadline = uv_now(loop_) + duration;
  Timeout& list = lists_[kind];
  timeout.previous = list.previous;
  timeout.next = &list;
  list.previous->next = &timeout;
  list.previous = &timeout;
  if (armed_for_ == 0 || timeout.deadline < armed_for_) Arm(timeout.deadline);
}

void Timeouts::Clear(Timeout& timeout) {
  if (!timeout.running()) return;
  timeout.previous->next = timeout.next;
  timeout.next->previous = timeout.previous;
  timeout.previous = timeout.next = nullptr;
}

void Timeouts::Arm(uint64_t deadline) {
  armed_for_ = deadline;
  const uint64_t now = uv_now(loop_);
  timer_.Start(deadline > now ? deadline - now : 0);
}

void Timeouts::Fire() {
  armed_for_ = 0;
  const uint64_t now = uv_now(loop_);
  const int64_t begin = Tick();
  for (Timeout& list : lists_) {
    // Firing may start and stop any timeout, so the list is looked at afresh each time. Who is told
    // may compute: when the clock has ticked, others have their turn before the rest.
    while (list.next != &list && list.next->deadline <= now && Tick() == begin) {
      Timeout& due = *list.next;
      Clear(due);
      due.fire(due);
    }
  }
  uint64_t next = 0;
  for (const Timeout& list : lists_) {
    if (list.next == &list) continue;
    next = next == 0 ? list.next->deadline : std::min(next, list.next->deadline);
  }
  if (next != 0) Arm(next);
}

}  // namespace nano::net

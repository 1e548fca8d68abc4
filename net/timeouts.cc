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
  bool fired = false;
  for (size_t i = 0; i < lists_.size(); ++i) {
    Timeout& list = lists_[(first_ + i) % lists_.size()];
    // Firing may start and stop any timeout, so the list is looked at afresh each time. Who is told
    // may compute: when the clock has ticked, others have their turn before the rest.
    while (list.next != &list && list.next->deadline <= now && (!fired || Tick() == begin)) {
      Timeout& due = *list.next;
      fired = true;
      Clear(due);
      due.fire(due);
    }
  }
  // Each kind is the first some time, so that none waits for as long as others are always due.
  if (++first_ >= lists_.size()) first_ = 0;
  uint64_t next = 0;
  for (const Timeout& list : lists_) {
    if (list.next == &list) continue;
    next = next == 0 ? list.next->deadline : std::min(next, list.next->deadline);
  }
  if (next != 0) Arm(next);
}

}  // namespace nano::net

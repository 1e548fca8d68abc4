// See timeouts.h.
#include "server/http/timeouts.h"

#include <algorithm>

namespace nano::server {

Timeouts::Timeouts(uv_loop_t* loop, const HttpLimits& limits)
    : loop_(loop),
      durations_{limits.idle_timeout,  limits.header_timeout, limits.body_timeout,
                 limits.write_timeout, limits.linger_timeout, limits.presence_check},
      timer_(MakeUvHandle<uv_timer_t>(uv_timer_init, loop)) {
  for (Timeout& list : lists_) list.previous = list.next = &list;
  timer_->data = this;
  // Connections keep the loop alive, their timeouts do not.
  uv_unref(reinterpret_cast<uv_handle_t*>(timer_.get()));
}

void Timeouts::Start(Timeout& timeout, TimeoutKind kind) {
  Clear(timeout);
  timeout.kind = kind;
  const uint64_t duration = durations_[static_cast<size_t>(kind)];
  if (duration == 0) return;
  timeout.deadline = uv_now(loop_) + duration;
  Timeout& list = lists_[static_cast<size_t>(kind)];
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
  uv_timer_start(
      timer_.get(), [](uv_timer_t* timer) { static_cast<Timeouts*>(timer->data)->Fire(); },
      deadline > now ? deadline - now : 0, 0);
}

void Timeouts::Fire() {
  armed_for_ = 0;
  const uint64_t now = uv_now(loop_);
  for (Timeout& list : lists_) {
    // Firing may start and stop any timeout, so the list is looked at afresh each time.
    while (list.next != &list && list.next->deadline <= now) {
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

}  // namespace nano::server

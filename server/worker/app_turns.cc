// Lets requests wait for a turn of the loop. See app_turns.h.
#include "server/worker/app_turns.h"

#include <utility>

namespace nano::server {

AppTurns::AppTurns(uv_loop_t* loop, const Counter& ticks, Slot slot)
    : ticks_(ticks),
      slot_(std::move(slot)),
      waiting_(loop, std::chrono::milliseconds(0), [](http::ServerExchange&) {}),
      next_(loop, [this] { Take(); }),
      seen_ticks_(ticks.value()),
      loop_(loop) {}

bool AppTurns::HasAlone() {
  if (!waiting_.empty() || !slot_.alone()) return false;
  seen_ticks_ = ticks_.value();
  return true;
}

bool AppTurns::HasMore() {
  uv_metrics_t metrics;
  uv_metrics_info(loop_, &metrics);
  if (metrics.loop_count != more_turn_) {
    more_turn_ = metrics.loop_count;
    more_ticks_ = ticks_.value();
    return true;
  }
  return ticks_.value() == more_ticks_ || slot_.alone();
}

void AppTurns::Wait(http::ServerExchange& exchange, const http::RequestHead& head) {
  waiting_.Add(exchange, head);
  if (waiting_.size() == 1) next_.Start(0);
}

// The loop has looked who else is there. As many as the app takes without another tick; one whose
// body is to come makes it compute later.
void AppTurns::Take() {
  seen_ticks_ = ticks_.value();
  bool goes_on = true;
  while (goes_on && !waiting_.empty()) {
    waiting_.Next([&](http::ServerExchange& exchange, const http::RequestHead& head) {
      goes_on = !head.has_body;
      slot_.take(exchange, head);
    });
    goes_on = goes_on && ticks_.value() == seen_ticks_;
  }
  if (!waiting_.empty()) next_.Start(0);
}

}  // namespace nano::server

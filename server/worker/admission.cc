// Lets requests in. See admission.h.
#include "server/worker/admission.h"

#include <utility>

namespace nano::server {

Admission::Admission(uv_loop_t* loop, const config::AppLimits& limits, Slot slot)
    : limit_(limits.concurrency),
      queue_limit_(limits.queue),
      queue_timeout_(static_cast<uint64_t>(limits.queue_timeout.count())),
      slot_(std::move(slot)),
      queue_(loop, limits.queue_timeout,
             [this](http::ServerExchange& late) {
               slot_.refuse(late, {.reason = Reason::kQueueTimeout,
                                   .limit = queue_timeout_,
                                   .used = queue_timeout_,
                                   .retry_after = 1});
             }),
      turn_(loop, [this] { LetIn(); }) {}

void Admission::Wait(http::ServerExchange& exchange, const http::RequestHead& head) {
  // Without `concurrency` nobody waits for long: those who do have not had their turn since it was
  // lifted.
  if (queue_.size() < queue_limit_ || limit_ == 0) return queue_.Add(exchange, head);
  slot_.refuse(exchange, {.reason = Reason::kQueueFull,
                          .limit = queue_limit_,
                          .used = queue_.size(),
                          .retry_after = 1});
}

void Admission::Set(const config::AppLimits& limits) {
  limit_ = limits.concurrency;
  queue_limit_ = limits.queue;
  queue_timeout_ = static_cast<uint64_t>(limits.queue_timeout.count());
  queue_.SetTimeout(limits.queue_timeout);
  OnTurn();
}

// There may be room for many at once, each of whom makes the app compute.
void Admission::LetIn() {
  while (!queue_.empty() && (limit_ == 0 || slot_.in_flight() < limit_)) {
    if (!slot_.has_turn()) return turn_.Start(0);
    queue_.Next(slot_.answer);
  }
}

}  // namespace nano::server

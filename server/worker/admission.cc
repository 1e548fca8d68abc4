// Lets requests in. See admission.h.
#include "server/worker/admission.h"

#include <utility>

namespace nano::server {

Admission::Admission(uv_loop_t* loop, const config::AppLimits& limits, const uint64_t* loop_turn,
                     const Counter& ticks, Slot slot)
    : limit_(limits.concurrency),
      queue_limit_(limits.queue),
      queue_timeout_(static_cast<uint64_t>(limits.queue_timeout.count())),
      loop_turn_(loop_turn),
      ticks_(ticks),
      slot_(std::move(slot)),
      queue_(loop, limits.queue_timeout,
             [this](http::ServerExchange& late) {
               slot_.refuse(late, {.reason = Reason::kQueueTimeout,
                                   .limit = queue_timeout_,
                                   .used = queue_timeout_,
                                   .retry_after = 1});
             }),
      turn_(loop, [this] { LetIn(); }),
      in_turn_(loop, std::chrono::milliseconds(0), [](http::ServerExchange&) {}),
      next_turn_(loop, [this] { TakeTurn(); }) {}

void Admission::WaitForTurn(http::ServerExchange& exchange, const http::RequestHead& head) {
  in_turn_.Add(exchange, head);
  if (in_turn_.size() == 1) next_turn_.Start(0);
}

// One, whatever it takes: its body, which is what makes it compute, may still be on its way. Then
// the loop looks who else is there.
void Admission::TakeTurn() {
  BeginTurn();
  if (in_turn_.empty()) return;  // Its client has left.
  in_turn_.Next([this](http::ServerExchange& exchange, const http::RequestHead& head) {
    if (HasRoom(slot_.in_flight())) return slot_.answer(exchange, head);
    Wait(exchange, head);
  });
  if (!in_turn_.empty()) next_turn_.Start(0);
}

void Admission::Wait(http::ServerExchange& exchange, const http::RequestHead& head) {
  if (queue_.size() < queue_limit_) return queue_.Add(exchange, head);
  const size_t most = limit_ + queue_limit_;
  slot_.refuse(exchange,
               {.reason = Reason::kQueueFull, .limit = most, .used = most, .retry_after = 1});
}

void Admission::LetIn() {
  while (!queue_.empty() && slot_.in_flight() < limit_) queue_.Next(slot_.answer);
}

void Admission::EndAll() {
  for (RequestQueue* queue : {&in_turn_, &queue_}) {
    while (!queue->empty()) {
      queue->Next(
          [](http::ServerExchange& exchange, const http::RequestHead&) { exchange.Fail(); });
    }
  }
}

}  // namespace nano::server

// Heads that are kept, and the timer of the oldest. See request_queue.h.
#include "server/worker/request_queue.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace nano::server {

RequestQueue::RequestQueue(uv_loop_t* loop, std::chrono::milliseconds timeout,
                           std::function<void(http::ServerExchange&)> on_late)
    : loop_(loop),
      timeout_(static_cast<uint64_t>(timeout.count())),
      on_late_(std::move(on_late)),
      expiry_(loop, [this] { Expire(); }) {}

void RequestQueue::SetTimeout(std::chrono::milliseconds timeout) {
  timeout_ = static_cast<uint64_t>(timeout.count());
  Arm();
}

void RequestQueue::Add(http::ServerExchange& exchange, const http::RequestHead& head) {
  Waiting& waiting = waiting_.emplace_back(Waiting{.exchange = &exchange, .since = uv_now(loop_)});
  std::string& text = waiting.text;
  text.reserve(head.method.size() + head.scheme.size() + head.authority.size() +
               head.target.size() + head.headers.size() + head.traceparent.size());
  const auto keep = [&text](std::string_view view) {
    const size_t begin = text.size();
    text.append(view);  // Into what was reserved: it does not move.
    return std::string_view(text).substr(begin);
  };
  waiting.head = {.method = keep(head.method),
                  .scheme = keep(head.scheme),
                  .authority = keep(head.authority),
                  .target = keep(head.target),
                  .headers = keep(head.headers),
                  .has_body = head.has_body,
                  .traceparent = keep(head.traceparent)};
  exchange.responder = this;
  if (waiting_.size() == 1) Arm();
}

void RequestQueue::Next(Answer answer) {
  NANO_CHECK(!empty());
  std::list<Waiting> next;
  next.splice(next.begin(), waiting_, waiting_.begin());
  Arm();
  answer(*next.front().exchange, next.front().head);
}

void RequestQueue::TakeOver(RequestQueue& other, FunctionRef<void(http::ServerExchange&)> visit) {
  for (const Waiting& each : other.waiting_) {
    each.exchange->responder = this;
    visit(*each.exchange);
  }
  waiting_.merge(other.waiting_,
                 [](const Waiting& a, const Waiting& b) { return a.since < b.since; });
  other.Arm();
  Arm();
}

void RequestQueue::EndAll(FunctionRef<void(http::ServerExchange&)> end) {
  while (!empty()) Next([&](http::ServerExchange& each, const http::RequestHead&) { end(each); });
}

void RequestQueue::OnAborted(http::ServerExchange& exchange) {
  waiting_.remove_if([&](const Waiting& waiting) { return waiting.exchange == &exchange; });
  Arm();
}

void RequestQueue::Arm() {
  if (timeout_ == 0 || empty()) return expiry_.Stop();
  const uint64_t now = uv_now(loop_);
  const uint64_t deadline = waiting_.front().since + timeout_;
  expiry_.Start(deadline > now ? deadline - now : 0);
}

void RequestQueue::Expire() {
  while (!empty() && waiting_.front().since + timeout_ <= uv_now(loop_)) {
    http::ServerExchange& late = *waiting_.front().exchange;
    waiting_.pop_front();
    on_late_(late);
  }
  Arm();
}

}  // namespace nano::server

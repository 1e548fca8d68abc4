// What a connection has still to send of answers that are complete, and who is told when it has
// gone, or never will. See connection.h.
//
// An answer's request has ended when the system has taken the last byte of it. Mostly that is at
// once. Where it is not, the next requests of the same client may be answered meanwhile: what is
// known of those before is kept until then.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "http/http1/connection.h"

namespace nano::http1 {

// The next request takes the place of one that has ended.
void Connection::KeepUntold() {
  if (untold_.empty() && exchange_->end() <= output_.handed()) return exchange_->TellSent();
  untold_bytes_ += exchange_->head_bytes();
  untold_.push_back(std::move(*exchange_));
}

// Whether so few answers are not sent that there may be more of them.
bool Connection::TakesMore() {
  if (untold_.size() >= kMostUntold) [[unlikely]] {
    Send();
  }
  return untold_.size() < kMostUntold;
}

void Connection::TellSent() {
  while (!untold_.empty() && untold_.front().end() <= output_.handed()) {
    untold_.front().TellSent();
    untold_bytes_ -= untold_.front().head_bytes();
    untold_.pop_front();
  }
  if (exchange_.has_value() && exchange_->untold() && exchange_->end() <= output_.handed()) {
    exchange_->TellSent();
  }
}

uint64_t Connection::UnsentOf(const Http1Exchange& exchange) const {
  const uint64_t end = exchange.active() ? output_.end() : exchange.end();
  NANO_CHECK(end >= output_.handed());
  return end - output_.handed();
}

Http1Exchange* Connection::FirstUnsent() {
  if (!untold_.empty()) return &untold_.front();
  const bool is_one = exchange_.has_value() && (exchange_->active() || exchange_->untold());
  return is_one ? &*exchange_ : nullptr;
}

// Nothing more is sent. Those that are complete and have not gone were aborted all the same, or cut
// for `why`.
void Connection::EndUntold(const char* why) {
  TellSent();
  untold_bytes_ = 0;
  for (; !untold_.empty(); untold_.pop_front()) {
    untold_.front().Abandon(UnsentOf(untold_.front()), why);
  }
  if (exchange_.has_value() && exchange_->untold()) {
    exchange_->Abandon(UnsentOf(*exchange_), why);
  }
}

void Connection::CutSlow(http::SlowWith with, std::string_view reason) {
  TellSent();
  loop_.handler.OnSlowClient(with);
  http::ProtocolError error{.reason = reason,
                            .peer = peer(),
                            .with = http::kSlowNames[static_cast<size_t>(with)],
                            .unsent = output_.end() - output_.handed()};
  if (Http1Exchange* const exchange = FirstUnsent(); exchange != nullptr) {
    error.exchange = exchange;
    error.peer = exchange->client();
    error.sent = exchange->sent - std::min(exchange->sent, UnsentOf(*exchange));
  }
  loop_.handler.OnProtocolError(error);
  Abort(error.with);
}

}  // namespace nano::http1

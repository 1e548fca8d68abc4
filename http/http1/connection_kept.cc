// What a connection keeps because its client does not take it, or does not send the rest: how much
// it is, and how slow that client is. See connection.h.
#include <uv.h>

#include "http/http1/connection.h"

namespace nano::http1 {
namespace {

// Long enough to tell a client that does not go on from one whose network holds its breath.
constexpr uint64_t kPatienceMs = 2000;

}  // namespace

void Connection::CountKept() {
  if (state_ == State::kClosing || !loop_.kept.bounded()) return;
  const size_t body = body_.empty() ? 0 : body_.capacity();
  const size_t now = output_.kept() + body + input_.size() + untold_bytes_;
  if (now == kept_ && (holder_ == nullptr || holder_->key == account())) [[likely]] {
    return;
  }
  if (kept_ == 0) {
    kept_since_ = uv_now(loop_.loop);
    kept_taken_ = taken();
    kept_received_ = received_;
  }
  // What is left of the answer before goes with the next one, which does not begin while it is
  // much.
  if (holder_ != nullptr && holder_->key != account()) KeepNothing();
  if (now == 0) return KeepNothing();
  if (holder_ == nullptr) holder_ = &loop_.kept.Join(account());
  loop_.kept.Change(*holder_, kept_, now);
  kept_ = now;
}

void Connection::KeepNothing() {
  if (holder_ == nullptr) return;
  loop_.kept.Change(*holder_, kept_, 0);
  loop_.kept.Leave(*holder_);
  holder_ = nullptr;
  kept_ = 0;
}

double Connection::Slowness() const {
  if (kept_ == 0 || state_ == State::kClosing || !keeps_for_client()) return 0;
  const uint64_t waited = uv_now(loop_.loop) - kept_since_ + 1;
  const uint64_t moved = TakenSince(kept_taken_) + (received_ - kept_received_);
  return static_cast<double>(kept_) * static_cast<double>(waited) / static_cast<double>(moved + 1);
}

bool Connection::has_waited() const { return uv_now(loop_.loop) - kept_since_ >= kPatienceMs; }

void Connection::EndSlow() {
  CutSlow(http::SlowWith::kKept,
          "its client was among the slowest, and the server keeps nearly as much for those as it "
          "may (`server.limits.buffer_bytes`)");
}

}  // namespace nano::http1

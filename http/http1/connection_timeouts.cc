// A connection's timeouts: what it waits for, how progress is told from none, and what becomes of a
// client that makes none. See connection.h.
#include <bit>
#include <utility>

#include "http/http1/connection.h"

namespace nano::http1 {
namespace {

constexpr std::string_view kLateBody = "the request's body did not arrive in time";

}  // namespace

void Connection::UpdateTimeouts() {
  net::Timeouts& timeouts = loop_.timeouts;
  const auto keep = [&](TimeoutKind kind) {
    if (!read_timeout_.running() || read_timeout_.kind != kind) timeouts.Start(read_timeout_, kind);
  };
  if (awaits_body() != awaiting_) AwaitBody();
  const bool is_writing = writing();
  if (state_ == State::kOpen) {
    if (exchange_active()) {
      if (awaits_body()) {
        keep(TimeoutKind::kBody);
      } else if (!reading()) {
        keep(TimeoutKind::kPresence);  // Reading is what else notices a client that goes away.
      } else {
        timeouts.Clear(read_timeout_);
      }
    } else if (parser_.in_body()) {
      keep(TimeoutKind::kBody);
    } else if (parser_.in_head()) {
      keep(TimeoutKind::kHeader);
    } else if (is_writing) {
      timeouts.Clear(read_timeout_);  // It is the write timeout's, however slowly that goes.
    } else {
      timeouts.Start(read_timeout_, TimeoutKind::kIdle);
    }
  } else if (state_ == State::kFinishing || state_ == State::kDeparting) {
    timeouts.Clear(read_timeout_);
  }
  if (!is_writing) {
    timeouts.Clear(write_timeout_);
  } else if (!write_timeout_.running()) {
    write_mark_ = taken();
    timeouts.Start(write_timeout_, TimeoutKind::kWrite);
  }
}

void Connection::OnWriteProgress() {
  if (state_ == State::kClosing) return;
  if (!congested() && output_.queued() <= kLowWater) {
    if (exchange_active() && exchange_->wants_drain()) {
      if (exchange_->responder->HasTurn(*exchange_)) {
        exchange_->TakeWantsDrain();
        exchange_->responder->OnDrain(*exchange_);
      } else {
        loop_.timeouts.Clear(write_timeout_);  // The client has done its part.
      }
    }
    if (state_ == State::kOpen && !input_.empty()) ProcessInput();
  }
  if (write_timeout_.running() && TakenSince(write_mark_) >= loop_.least_sent) {
    loop_.timeouts.Clear(write_timeout_);  // It starts again, if there is more.
  }
  Settle();
}

// A client that sends a byte each time that the app asks for some has no more time than one that
// lets it wait: what counts is how long it was waited for, in all, until enough has come.
void Connection::CountBody(size_t size) {
  const uint64_t now = uv_now(loop_.loop);
  window_ += size;
  if (window_ >= loop_.least_received) {
    window_ = window_waited_ = 0;
    window_began_ = now;
    if (awaiting_) loop_.timeouts.Start(read_timeout_, TimeoutKind::kBody);
    return;
  }
  const uint64_t waited = window_waited_ + (awaiting_ ? now - window_began_ : 0);
  if (waited >= loop_.limits.body_timeout) FailLateBody();
}

// Perhaps after it failed for that before: an answer that has begun goes on.
void Connection::FailLateBody() {
  if (body_error_.empty()) loop_.handler.OnSlowClient(http::SlowWith::kBody);
  FailBody({408, kLateBody, http::kSlowNames[static_cast<size_t>(http::SlowWith::kBody)]});
}

// Something has come, but it is the others' turn: until it is read the client is not waited for.
// How long it was waited for until now counts all the same: else who sends a byte when others have
// their turn would have all of its time again. The system tells of the same again.
void Connection::AwaitTurn() {
  UpdateWatch();  // Of an error it tells once only, unless it is asked again.
  if (std::exchange(turn_due_, true)) return;
  UpdateTimeouts();
}

// What had come is no byte of the body, but a part of a TLS record.
void Connection::OnNothingRead() {
  UpdateWatch();
  if (std::exchange(turn_due_, false)) UpdateTimeouts();
}

// It begins, or ends.
void Connection::AwaitBody() {
  const uint64_t now = uv_now(loop_.loop);
  if (awaiting_) window_waited_ += now - window_began_;
  awaiting_ = !awaiting_;
  window_began_ = now;
}

// Whether the client of the exchange under way is still there, while nothing is read that would
// tell.
//
// A client that has ended its input is asked by a byte of what has to be sent to it anyway: if it
// closed altogether, its system answers by a reset, which the next check finds; if it shut down its
// sending side only, it reads the byte and goes on waiting, as it may. It is asked again after
// twice as long each time. Where the next byte is not known (a body of a given length, or until the
// connection's end), silence for some checks counts as gone, as with other servers, unless
// something was sent since it ended its input. docs/http.md tells this to people.
void Connection::CheckPresence() {
  const net::Socket::Peer peer = socket_.peer();
  if (peer == net::Socket::Peer::kReset) return Abort();
  if (peer == net::Socket::Peer::kEndedInput && output_.queued() == 0) {
    if (++presence_checks_ == 1) presence_mark_ = exchange_->progress();
    if (std::has_single_bit(presence_checks_)) {
      const bool asked = exchange_->Probe();
      const bool untold = !asked && exchange_->begun() == 0 && exchange_->response_started();
      if (untold && presence_checks_ >= kSilentChecks && exchange_->progress() == presence_mark_) {
        return Abort();
      }
    }
  }
  Settle();
}

void Connection::OnReadTimeout() {
  if (read_timeout_.kind == TimeoutKind::kPresence) {
    CheckPresence();
  } else if (state_ == State::kOpen && exchange_active()) {
    FailLateBody();
    Settle();
  } else if (state_ == State::kOpen && parser_.in_head()) {
    loop_.handler.OnSlowClient(http::SlowWith::kHead);
    Reject(408, "the request's head did not arrive in time");
    Settle();
  } else {
    const bool is_body = read_timeout_.kind == TimeoutKind::kBody;
    Abort(is_body ? http::kSlowNames[static_cast<size_t>(http::SlowWith::kBody)] : nullptr);
  }
}

void Connection::OnWriteTimeout() {
  if (TakenSince(write_mark_) >= loop_.least_sent) {
    write_mark_ = taken();
    loop_.timeouts.Start(write_timeout_, TimeoutKind::kWrite);
    return;
  }
  CutSlow(http::SlowWith::kResponse, "its client takes the response too slowly");
}

}  // namespace nano::http1

// The input side of a connection: see connection.h; its life is in connection_life.cc.
#include "http/http1/connection.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "http/http1/response_writer.h"
#include "http/status.h"

namespace nano::http1 {
namespace {

constexpr int kTooLarge = 413;
constexpr std::string_view kNoRoom =
    "the server keeps as much for slow clients as it may, and has no room for the request's body";

}  // namespace

void Connection::Read() {
  if (state_ == State::kLingering) return Discard();
  std::vector<char>& buffer = loop_.read_buffer;
  const ssize_t size = socket_.Read(buffer);
  if (size == -EAGAIN) return OnNothingRead();
  turn_due_ = false;
  if (size > 0) {
    OnInput({buffer.data(), static_cast<size_t>(size)});
  } else if (size == 0) {
    OnEndOfInput();
  } else {
    OnBroken();
  }
}

// Throws input away after the last answer, so that it arrives: a socket that is closed with unread
// input resets the connection, and the client loses what it has not read (RFC 9112, section 9.6).
// That goes on until the client has sent its upload, however it reads, within bounds of bytes, of
// time without a byte, and of time altogether.
void Connection::Discard() {
  const uint64_t body_limit = loop_.limits.body_bytes;
  const ssize_t size = socket_.Discard();
  if (size > 0) {
    drained_ += static_cast<uint64_t>(size);
    if ((body_limit != 0 && drained_ > std::max(2 * body_limit, kLeastLinger)) ||
        uv_now(loop_.loop) >= linger_until_) {
      Close();
    } else {
      WaitLingering();
    }
  } else if (size != -EAGAIN) {
    Close();
  }
}

void Connection::OnInput(std::string_view data) {
  if (state_ == State::kFinishing) {
    drained_ += data.size();
    return;
  }
  received_ += data.size();
  if (parser_.in_body() && exchange_active()) CountBody(data.size());
  if (input_.empty()) {
    const size_t used = Process(data);
    Keep(data.substr(used));
  } else {
    input_.erase(0, input_at_);
    input_at_ = 0;
    input_.append(data);
    ProcessInput();
  }
  NoteHeld();
  if (!DeferWithOthers()) loop_.owner.RunDeferred();
}

// The end of a client's input says that it sends no more, not that it has gone: one that shut down
// its sending side waits for its answer (RFC 9293, section 3.6), and gets it. One that closed the
// connection altogether looks the same until something is sent to it: CheckPresence does that.
void Connection::OnEndOfInput() {
  end_of_input_ = true;
  if (exchange_active()) socket_.ProbePeer(kKeepAliveSeconds);
  Settle();
}

void Connection::Keep(std::string_view rest) {
  if (rest.empty() || (state_ != State::kOpen && state_ != State::kDeparting)) return;
  input_ = loop_.pool.Take();
  input_.assign(rest);
  input_at_ = 0;
}

void Connection::ProcessInput() {
  input_at_ += Process(std::string_view(input_).substr(input_at_));
  if (input_at_ == input_.size()) {
    loop_.pool.Give(input_);
    input_at_ = 0;
  }
}

// Goes as far as it can: stops at the end of the data, where the handler has to do something first,
// and where the client has to read answers first. Returns how much of the data is done with.
size_t Connection::Process(std::string_view data) {
  NANO_CHECK(!processing_);
  processing_ = true;
  size_t at = 0;
  while (state_ == State::kOpen) {
    if (exchange_active()) {
      if (want_ == Want::kNothing) break;
      if (!body_error_.empty()) {
        want_ = Want::kNothing;
        exchange_->responder->OnBodyError(*exchange_, body_error_);
        continue;
      }
      if (body_complete()) {
        OnBodyEnd();
        continue;
      }
    } else if (!persists_ || congested() || !TakesMore()) {
      break;
    }
    if (at == data.size() && !parser_.pending()) break;
    const Parser::Step step = parser_.Parse(data.substr(at));
    at += step.consumed;
    switch (step.event) {
      case Parser::Event::kNeedMore:
        break;
      case Parser::Event::kHead:
        Dispatch();
        break;
      case Parser::Event::kBody:
        OnBodyPart(step);
        break;
      case Parser::Event::kEnd:
        OnBodyEnd();
        break;
      case Parser::Event::kError:
        OnMalformed(step.status, step.reason);
        break;
    }
  }
  processing_ = false;
  return at;
}

void Connection::Dispatch() {
  const ParsedHead& head = parser_.head();
  want_ = Want::kNothing;
  drained_ = 0;
  window_ = window_waited_ = 0;
  awaiting_ = false;
  awaits_continue_ = head.expects_continue;
  presence_checks_ = 0;
  if (exchange_.has_value() && exchange_->untold()) [[unlikely]] {
    KeepUntold();
  }
  exchange_.emplace(*this, head);
  const http::RequestHead request = {
      .method = head.method,
      .scheme = scheme_,
      .authority = head.authority,
      .target = head.target,
      .headers = head.headers,
      .has_body = head.has_body,
      .traceparent = head.traceparent,
  };
  if (head.target == "*") {
    // RFC 9110, section 9.3.7: about the server, not about any app.
    loop_.handler.OnServerRequest(*exchange_, request);
    exchange_->Respond({.status = 204}, {});
  } else {
    loop_.handler.OnRequest(*exchange_, request);
  }
  parser_.ReleaseHead();
}

void Connection::WantBody(bool whole) {
  want_ = whole ? Want::kWhole : Want::kPart;
  if (awaits_continue_ && body_error_.empty()) {
    awaits_continue_ = false;
    // Nothing of the response may be before it (RFC 9110, section 10.1.1).
    if (!exchange_->response_started() && exchange_->begun() == 0 && input_.empty()) {
      output_.buffer().append("HTTP/1.1 100 Continue\r\n\r\n");
      FlushSoon();
    }
  }
  if (!processing_) Defer();
}

void Connection::OnBodyPart(const Parser::Step& step) {
  awaits_continue_ = false;
  if (!exchange_active()) {
    drained_ += step.body.size();
    if (drained_ > kDrainLimit) persists_ = false;
    return;
  }
  if (want_ == Want::kPart) {
    DeliverBody(step.body, step.body_complete);
    return;
  }
  if (step.body_complete && body_.empty()) {
    DeliverBody(step.body, true);
    return;
  }
  if (body_.empty()) {
    // The length is the client's word only: room for what has come, grown as more does.
    body_ = loop_.pool.Take();
    body_.reserve(std::min<uint64_t>(step.body.size() + parser_.body_left(), kDrainLimit));
  }
  body_.append(step.body);
  CountKept();
  if (!loop_.kept.scarce()) return;
  loop_.owner.Relieve(/*spared=*/this);
  if (!lacks_room()) return;
  if (!RefuseBody(Overload(), kNoRoom)) FailBody({503, kNoRoom, "overload"});
}

// Whoever answers says why, if it does.
bool Connection::RefuseBody(const http::Obstacle& obstacle, std::string_view reason) {
  persists_ = false;
  body_error_ = reason;
  loop_.pool.Give(body_);
  const Want want = std::exchange(want_, Want::kNothing);
  if (exchange_->responder->OnBodyRefused(*exchange_, obstacle, reason)) return true;
  want_ = want;
  return false;
}

// The body is complete, and perhaps was before the handler asked.
void Connection::OnBodyEnd() {
  if (!exchange_active() || want_ == Want::kNothing) return;
  std::string body = std::exchange(body_, {});
  DeliverBody(body, true);
  loop_.pool.Give(body);
}

void Connection::DeliverBody(std::string_view part, bool last) {
  want_ = Want::kNothing;
  exchange_->responder->OnBody(*exchange_, part, last);
}

void Connection::OnMalformed(int status, std::string_view reason) {
  if (exchange_active()) {
    if (status == kTooLarge &&
        RefuseBody({http::Obstacle::Kind::kTooLarge, parser_.body_limit(), parser_.body_seen()},
                   reason)) {
      return;
    }
    FailBody({status, reason, status == kTooLarge ? "body-limit" : kMalformedBody});
  } else if (exchange_.has_value() && parser_.in_body()) {
    // What is left of a body after its response: nobody to tell.
    persists_ = false;
  } else {
    Reject(status, reason);
  }
}

// The rest of the body cannot be had.
void Connection::FailBody(const BodyFailure& failure) {
  persists_ = false;
  body_error_ = failure.text;
  body_refusal_ = failure.refusal;
  if (exchange_->response_started()) {
    if (want_ != Want::kNothing) {
      want_ = Want::kNothing;
      exchange_->responder->OnBodyError(*exchange_, failure.text);
    }
    return;
  }
  // Who should have answered is done with it, and the client has its answer all the same.
  exchange_->TakeOver(failure.status, failure.refusal);
  exchange_->responder->OnAborted(*exchange_);
  loop_.handler.OnProtocolError({.status = failure.status,
                                 .reason = failure.text,
                                 .peer = exchange_->client(),
                                 .with = failure.refusal,
                                 .exchange = &*exchange_});
  exchange_->EndTakenOver(AppendRejection(failure.status, failure.text));
  Finish(/*linger=*/true);
}

// Answers what is no request, and closes.
void Connection::Reject(int status, std::string_view reason) {
  loop_.handler.OnProtocolError({.status = status, .reason = reason, .peer = peer()});
  AppendRejection(status, reason);
  Finish(/*linger=*/true);
}

// Returns how many bytes the body has.
size_t Connection::AppendRejection(int status, std::string_view reason) {
  std::string body = std::to_string(status) + ' ';
  body.append(http::StatusPhrase(status)).append(": ").append(reason).append("\n");
  persists_ = false;
  const size_t begin = output_.buffer().size();
  AppendHead(output_.buffer(),
             {.status = status, .headers = "content-type: text/plain; charset=utf-8\r\n"},
             {.kind = Framing::Kind::kLength, .length = body.size()}, Persistence::kClose,
             loop_.date);
  // Of an exchange that is given up, the beginning may be sent already.
  if (exchange_.has_value()) output_.buffer().erase(begin, exchange_->TakeBegun());
  if (parser_.method_is_head()) return 0;
  output_.buffer().append(body);
  return body.size();
}

}  // namespace nano::http1

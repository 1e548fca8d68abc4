// A call's steps: a connection, the request, the response; and what ends it early.
#include "http/client/pooled_call.h"

#include <charconv>
#include <utility>

#include "base/check.h"
#include "http/client/failure.h"
#include "http/client/pool.h"
#include "http/client/proxy.h"
#include "http/field_text.h"
#include "http/fields.h"
#include "http/http1/chunked.h"
#include "http/http1/request_writer.h"

namespace nano::http {
namespace {

// "timeout=5, max=100" (RFC 2068, section 19.7.1, as servers still say it), in milliseconds.
std::optional<uint64_t> KeepAliveTime(std::string_view headers) {
  // Few say it.
  if (headers.find("keep-alive\n") == std::string_view::npos) return std::nullopt;
  std::string_view value = FieldValue(headers, "keep-alive").value_or("");
  while (!value.empty()) {
    const size_t end = std::min(value.find(','), value.size());
    std::string_view part = value.substr(0, end);
    value.remove_prefix(std::min(end + 1, value.size()));
    while (part.starts_with(' ')) part.remove_prefix(1);
    constexpr std::string_view kTimeout = "timeout=";
    if (!EqualsIgnoringCase(part.substr(0, kTimeout.size()), kTimeout)) continue;
    uint32_t seconds = 0;
    const char* digits = part.data() + kTimeout.size();
    if (std::from_chars(digits, part.data() + part.size(), seconds).ec == std::errc()) {
      return uint64_t{seconds} * 1000;
    }
  }
  return std::nullopt;
}

std::string Seconds(uint64_t milliseconds) {
  return milliseconds % 1000 == 0 ? std::to_string(milliseconds / 1000) + " s"
                                  : std::to_string(milliseconds) + " ms";
}

}  // namespace

PooledCall::PooledCall(Pool& pool, Route route, const CallRequest& request, Caller& caller)
    : pool_(pool),
      route_(std::move(route)),
      caller_(caller),
      head_(pool.buffers().Take()),
      body_(request.body),
      is_head_(request.method == "HEAD"),
      body_kind_(request.body_kind) {
  wait_timeout_.owner = total_timeout_.owner = this;
  wait_timeout_.fire = total_timeout_.fire = [](net::Timeout& timeout) {
    static_cast<PooledCall*>(timeout.owner)->OnTimeout(timeout);
  };
  http1::RequestFraming framing;
  if (body_kind_ == CallRequest::Body::kWhole) {
    framing = {http1::RequestFraming::Kind::kLength, body_.size()};
  } else if (body_kind_ == CallRequest::Body::kStream) {
    chunked_ = !request.length.has_value();
    framing = {
        chunked_ ? http1::RequestFraming::Kind::kChunked : http1::RequestFraming::Kind::kLength,
        request.length.value_or(0)};
  }
  std::string origin, for_proxy;
  std::string_view headers = request.headers;
  if (asks_proxy()) {
    origin = "http://" + route_.HostAndPort();
    headers = for_proxy = FieldsForProxy(headers, *route_.proxy);
  }
  // A proxy that is asked for a whole URL may look at Host instead, against RFC 9112,
  // section 3.2.2: then an app would reach whom the policy was not asked about.
  const bool own_host = origin.empty() && !request.host.empty();
  http1::AppendRequestHead(
      head_, {request.method, origin, request.target, own_host ? request.host : request.authority},
      headers, framing);
  pool_.timeouts().Start(wait_timeout_, Pool::kConnect);
  pool_.timeouts().Start(total_timeout_, Pool::kTotal);
  pool_.Acquire(*this);
}

PooledCall::~PooledCall() {
  pool_.timeouts().Clear(wait_timeout_);
  pool_.timeouts().Clear(total_timeout_);
  pool_.buffers().Give(head_);
  if (head_to_tell_) pool_.buffers().Give(head_to_tell_->text);
  if (state_ == State::kWaiting) {
    pool_.Cancel(*this);
  } else if (state_ == State::kReceiving && connection_ != nullptr && request_done_ &&
             length_.value_or(Pool::kDrained + 1) <= Pool::kDrained) {
    pool_.Drain(*std::exchange(connection_, nullptr), keep_alive_);
  } else {
    LetGo(false);
  }
}

void PooledCall::OnConnection(http1::ClientConnection& connection, bool used) {
  connection_ = &connection;
  used_connection_ = used;
  connection.SetUser(*this);
  state_ = State::kAsking;
  pool_.timeouts().Start(wait_timeout_, Pool::kFirstByte);
  SendRequest();
}

void PooledCall::SendRequest() {
  connection_->Begin(is_head_ ? http1::ResponseParser::Request::kHead
                              : http1::ResponseParser::Request::kOrdinary);
  connection_->buffer().append(head_);
  request_done_ = body_kind_ != CallRequest::Body::kStream;
  if (body_.size() <= kCopied) {
    connection_->buffer().append(body_);
    connection_->FlushWithOthers();
  } else {
    connection_->Flush(body_);
  }
  if (request_done_ || !held_back_) return;
  if (!early_.empty()) Send(std::exchange(early_, {}));
  if (early_end_) return EndRequest();
  // Not told from here: it may be in the middle of another call's end.
  connection_->TellDrained();
}

bool PooledCall::Write(std::string_view part) {
  if (state_ == State::kWaiting) {
    // A part may come when the connection that it was asked for has turned out to be dead.
    early_ += part;
    held_back_ = true;
    return false;
  }
  // A response that is complete, or a call that failed, wants no more of the request.
  if (connection_ == nullptr || request_done_) return true;
  if (!part.empty()) Send(part);
  return !connection_->congested();
}

void PooledCall::Send(std::string_view part) {
  stream_begun_ = true;
  if (!chunked_) return connection_->Flush(part);
  std::string& buffer = connection_->buffer();
  http1::AppendChunkBegin(buffer, part.size());
  buffer.append(part);
  http1::AppendChunkEnd(buffer);
  connection_->Flush();
}

void PooledCall::EndRequest() {
  if (state_ == State::kWaiting) early_end_ = held_back_ = true;
  if (connection_ == nullptr || request_done_) return;
  request_done_ = true;
  stream_begun_ = true;
  if (chunked_) {
    http1::AppendLastChunk(connection_->buffer());
    connection_->Flush();
  }
}

void PooledCall::Ask(bool piped) {
  wanted_ = read_ = true;
  piped_ = piped;
  if (connection_ != nullptr && state_ == State::kReceiving) {
    connection_->SetReading(true);
    if (!wait_timeout_.running()) pool_.timeouts().Start(wait_timeout_, Pool::kBetween);
  }
  Deliver();
}

// What was asked for, if it is there.
void PooledCall::Deliver() {
  if (!wanted_) return;
  if (!parked_.empty()) {
    wanted_ = false;
    std::string part = std::exchange(parked_, {});
    net::BufferPool& buffers = pool_.buffers();  // The caller may destroy the call.
    caller_.OnBody(part);
    return buffers.Give(part);
  }
  if (failure_) {
    wanted_ = false;
    state_ = State::kOver;
    const Failure failure = *std::exchange(failure_, std::nullopt);
    return caller_.OnFailed(failure);
  }
  if (state_ == State::kComplete) {
    wanted_ = false;
    state_ = State::kOver;
    return caller_.OnEnd();
  }
}

void PooledCall::OnNoConnection(const Failure& failure) {
  state_ = State::kAsking;  // The pool knows nothing of it any more.
  Fail(failure);
}

// Tells at once what ends the call before its head, else when what came of the body is read.
void PooledCall::Fail(const Failure& failure) {
  const bool before_head = state_ == State::kWaiting || state_ == State::kAsking;
  if (state_ == State::kWaiting) pool_.Cancel(*this);
  pool_.timeouts().Clear(wait_timeout_);
  pool_.timeouts().Clear(total_timeout_);
  LetGo(false);
  if (before_head) {
    state_ = State::kOver;
    return caller_.OnFailed(failure);
  }
  failure_ = failure;
  if (head_to_tell_) return TellHead();
  Deliver();
}

void PooledCall::LetGo(bool reuse) {
  if (http1::ClientConnection* connection = std::exchange(connection_, nullptr)) {
    pool_.Release(*connection, reuse, keep_alive_);
  }
}

// A server may close a connection in the moment in which it is used again. Nothing of an answer has
// come then, and the same can be asked once more.
bool PooledCall::Retry() {
  if (!used_connection_ || retried_ || stream_begun_) return false;
  retried_ = true;
  state_ = State::kWaiting;
  pool_.timeouts().Start(wait_timeout_, Pool::kConnect);
  pool_.AcquireNew(*this);
  return true;
}

void PooledCall::OnTimeout(net::Timeout& timeout) {
  const CallTimeouts& limits = pool_.limits();
  Failure failure{FailureKind::kTimeout, {}, {}};
  if (&timeout == &total_timeout_) {
    failure.code = "ERR_TOTAL_TIMEOUT";
    failure.message = "the call took longer than " + Seconds(limits.total);
  } else if (state_ == State::kWaiting) {
    failure.code = "ERR_CONNECT_TIMEOUT";
    failure.message = "waited longer than " + Seconds(limits.connect) + " " + pool_.WaitsFor(*this);
  } else if (state_ == State::kAsking) {
    failure.code = "ERR_FIRST_BYTE_TIMEOUT";
    failure.message = "no answer came within " + Seconds(limits.first_byte);
  } else {
    failure.code = "ERR_IDLE_TIMEOUT";
    failure.message = "nothing more of the answer came within " + Seconds(limits.idle);
  }
  Fail(failure);
}

void PooledCall::OnHead(const http1::ParsedResponse& head) {
  if (asks_proxy() && head.status == kProxyAuthenticationRequired) {
    return Fail(WantsOtherCredentials(*route_.proxy));
  }
  keep_alive_ = KeepAliveTime(head.headers);
  length_ = head.content_length;
  if (head.has_body) {
    state_ = State::kReceiving;
    pool_.timeouts().Start(wait_timeout_, Pool::kBetween);
    const size_t status_text_size = head.status_text.size();
    head_to_tell_ = Head{head.status, head.coded, status_text_size, connection_->TakeHead()};
    return;
  }
  // First, so that what is asked next, maybe at once, finds the connection.
  Complete();
  caller_.OnHead(
      {head.status, head.status_text, head.headers, false, head.coded, head.content_length});
}

void PooledCall::TellHead() {
  Head head = *std::exchange(head_to_tell_, std::nullopt);
  const std::string_view text = head.text;
  net::BufferPool& buffers = pool_.buffers();  // The caller may destroy the call.
  caller_.OnHead({head.status, text.substr(0, head.status_text_size),
                  text.substr(head.status_text_size), true, head.coded, length_});
  buffers.Give(head.text);
}

void PooledCall::OnPaused() {
  if (head_to_tell_) TellHead();
}

void PooledCall::OnBody(std::string_view part) {
  if (std::exchange(wanted_, false)) return caller_.OnBody(part);
  if (parked_.empty()) parked_ = pool_.buffers().Take();
  parked_.append(part);
}

void PooledCall::OnPiped(net::Pipe& part) {
  wanted_ = false;
  caller_.OnPiped(part);
}

// A small response is read while the app has still to look at its head, so that the connection is
// free. But who reads part by part, and is slower than the server, is not helped by copies.
bool PooledCall::TakesMore() {
  if (state_ != State::kReceiving || wanted_) return true;
  if (!read_ && parked_.size() < kParked) return true;
  pool_.timeouts().Clear(wait_timeout_);  // It is not the server that is waited for.
  return false;
}

void PooledCall::OnResponseEnd() {
  Complete();
  if (head_to_tell_) return TellHead();
  Deliver();
}

void PooledCall::Complete() {
  state_ = State::kComplete;
  pool_.timeouts().Clear(wait_timeout_);
  pool_.timeouts().Clear(total_timeout_);
  // A server that has answered before it had all of the request waits for the rest, in vain.
  LetGo(request_done_);
}

void PooledCall::OnEnded(const http1::ClientConnection::Ending& ending) {
  const bool answered = std::exchange(connection_, nullptr)->answered();
  const bool dead = ending.end == http1::ClientConnection::End::kEnded ||
                    ending.end == http1::ClientConnection::End::kBroken;
  if (state_ == State::kAsking && dead && !answered && Retry()) return;
  using End = http1::ClientConnection::End;
  Failure failure;
  switch (ending.end) {
    case End::kProtocol:
      failure = {FailureKind::kProtocol, "ERR_HTTP_PROTOCOL", ending.reason};
      break;
    case End::kTls:
      failure = {FailureKind::kTls, ending.code, ending.reason};
      break;
    case End::kEnded:
    case End::kBroken:
      failure = {FailureKind::kReset, "ECONNRESET", ending.reason};
      break;
  }
  Fail(failure);
}

void PooledCall::OnDrained() {
  held_back_ = false;
  if (!request_done_) caller_.OnDrained();
}

void PooledCall::OnProgress() {
  if (wait_timeout_.running()) {
    pool_.timeouts().Start(wait_timeout_,
                           state_ == State::kAsking ? Pool::kFirstByte : Pool::kBetween);
  }
}

}  // namespace nano::http

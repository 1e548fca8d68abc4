// The two ends of a call between apps, and the steps that carry news from one to the other.
#include "server/outbound/service_call.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "http/fields.h"
#include "http/request_name.h"
#include "http/status.h"
#include "http/trace_context.h"

namespace nano::server {
namespace {

constexpr size_t kHighWater = 256 * 1024;  // Of a body between the ends.
constexpr size_t kLowWater = 64 * 1024;
constexpr size_t kLargestWhole = size_t{512} * 1024 * 1024;

// Of "name: value\r\n" repeated.
bool HasCoding(std::string_view wire) {
  constexpr std::string_view kBehindOthers = "\r\ncontent-encoding: ";
  return wire.starts_with(kBehindOthers.substr(2)) || wire.find(kBehindOthers) != wire.npos;
}

std::string LengthField(uint64_t length) {
  return "content-length\n" + std::to_string(length) + "\n";
}

// A body on its way.
struct Body {
  std::string parts;
  bool ended = false;   // No more will be written.
  bool wanted = false;  // The reading end has asked for some …
  bool whole = false;   // … or for all of it, however much it is.
  bool held = false;    // The writing end waits for room.

  bool deliverable() const { return wanted && (ended || (!whole && !parts.empty())); }
  bool Write(std::string_view part) {
    parts += part;
    held = !whole && parts.size() > kHighWater;
    return !held;
  }
  // True once, when the writing end may go on.
  bool TakeRoom() {
    return held && (whole || parts.size() < kLowWater) && std::exchange(held, false);
  }
};

class Link;

class CallerEnd final : public http::Call {
 public:
  explicit CallerEnd(std::shared_ptr<Link> link) : link_(std::move(link)) {}
  ~CallerEnd() override;

  bool Write(std::string_view part) override;
  void EndRequest() override;
  void Read() override;

 private:
  const std::shared_ptr<Link> link_;
};

// What is between the ends, and the answering one.
class Link final : public http::ServerExchange, public std::enable_shared_from_this<Link> {
 public:
  Link(net::Later& later, AnswerRequest answer, const http::CallRequest& request,
       http::Caller& caller)
      : later_(later),
        answer_(std::move(answer)),
        caller_(&caller),
        method_(request.method),
        scheme_(request.scheme),
        authority_(request.host.empty() ? request.authority : request.host),
        target_(request.target),
        has_body_(request.body_kind != http::CallRequest::Body::kNone),
        length_(request.length),
        tally_(request.tally) {
    depth = request.depth + 1;
    request_id = http::RequestIdFrom(request.request_id);
    aim = request.aim;
    if (!request.cf.empty()) {
      visitor = std::make_unique<const http::Visitor>(http::Visitor{.cf = std::string(request.cf)});
    }
    request_.ended = request.body_kind != http::CallRequest::Body::kStream;
    if (request.body_kind == http::CallRequest::Body::kWhole) {
      request_.parts = request.body;
      length_ = request.body.size();
      has_body_ = !request.body.empty();
    }
    // As a client would have sent them.
    headers_ = "host\n" + authority_ + "\n" + http::BlockOf(request.headers);
    if (has_body_ && length_) headers_ += LengthField(*length_);
  }

  void Schedule();

  // For the caller's end.
  void Leave() {
    caller_ = nullptr;
    if (answering_) Schedule();
  }
  bool answered() const { return begun_ && !answering_; }
  Body& request() { return request_; }
  void CountRequest(size_t size) { request_size_ += size; }
  Body& response() { return response_; }

  // http::Exchange
  std::optional<uint64_t> body_length() const override { return length_; }
  std::shared_ptr<void> tally() const override { return tally_; }
  void ReadBody(bool whole) override;
  void Respond(const http::ResponseHead& head, std::string_view body) override;
  void StartBody(const http::ResponseHead& head, std::optional<uint64_t> length) override;
  bool WriteBody(std::string_view part) override;
  void EndBody() override;
  void Fail() override;
  // http::ServerExchange
  std::string_view peer() override { return {}; }
  void RespondError(int status, std::string_view text) override;
  void LimitBody(uint64_t bytes) override { request_limit_ = bytes; }

 private:
  void Step();
  bool StepToAnswerer();
  bool StepToCaller();
  void Begin();
  void EndAnswering(http::Ending ending) {
    answering_ = false;
    TellEnded(ending);
  }
  void SetHead(const http::ResponseHead& head, std::optional<uint64_t> length);
  // The response, whose head is there, has no body, whatever the app gives.
  bool bodiless() const { return method_ == "HEAD" || http::IsBodiless(status); }

  net::Later& later_;
  const AnswerRequest answer_;
  http::Caller* caller_;  // Null when it has left.
  const std::string method_, scheme_, authority_, target_;
  std::string headers_;
  bool has_body_;
  std::optional<uint64_t> length_;
  const std::shared_ptr<void> tally_;
  Body request_, response_;
  uint64_t request_size_ = 0;   // Of what the caller has written …
  uint64_t request_limit_ = 0;  // … which may have so many bytes; 0: no bound.

  bool scheduled_ = false;
  bool begun_ = false;
  bool answering_ = false;  // The app has the exchange.
  bool failed_ = false;     // The app did not answer, or not to the end.
  bool told_end_ = false;
  // Of the response; told to the caller once.
  bool has_head_ = false, told_head_ = false;
  std::string status_text_, response_headers_;
  bool coded_ = false;
  std::optional<uint64_t> response_length_;
};

CallerEnd::~CallerEnd() { link_->Leave(); }

bool CallerEnd::Write(std::string_view part) {
  // Nobody will read it.
  if (link_->answered()) return true;
  link_->CountRequest(part.size());
  const bool room = link_->request().Write(part);
  if (!part.empty()) link_->Schedule();
  return room;
}

void CallerEnd::EndRequest() {
  link_->request().ended = true;
  link_->Schedule();
}

void CallerEnd::Read() {
  link_->response().wanted = true;
  link_->Schedule();
}

void Link::Schedule() {
  if (std::exchange(scheduled_, true)) return;
  later_.Post([self = shared_from_this()] {
    self->scheduled_ = false;
    self->Step();
  });
}

// One piece of news for each end; more has a turn of its own.
void Link::Step() {
  if (!std::exchange(begun_, true)) return Begin();
  const bool told_answerer = answering_ && StepToAnswerer();
  const bool told_caller = caller_ != nullptr && StepToCaller();
  if (told_answerer || told_caller) Schedule();
}

void Link::Begin() {
  if (caller_ == nullptr) return;
  answering_ = true;
  answer_(*this, {.method = method_,
                  .scheme = scheme_,
                  .authority = authority_,
                  .target = target_,
                  .headers = headers_,
                  .has_body = has_body_,
                  .traceparent = http::FindTraceparent(headers_)});
}

bool Link::StepToAnswerer() {
  if (caller_ == nullptr) {
    EndAnswering(http::Ending::kAborted);
    responder->OnAborted(*this);
    return false;
  }
  if (request_limit_ != 0 && request_size_ > request_limit_) {
    const http::Obstacle obstacle{http::Obstacle::Kind::kTooLarge, request_limit_, request_size_};
    request_limit_ = 0;
    request_.parts.clear();
    if (responder->OnBodyRefused(*this, obstacle, "the request's body is too large")) return true;
  }
  if (request_.whole && request_.parts.size() > kLargestWhole) {
    EndAnswering(http::Ending::kAborted);
    failed_ = true;
    responder->OnAborted(*this);
    return true;
  }
  if (request_.deliverable()) {
    request_.wanted = false;
    const std::string part = std::exchange(request_.parts, {});
    responder->OnBody(*this, part, request_.ended);
    return true;
  }
  if (response_.TakeRoom()) {
    responder->OnDrain(*this);
    return true;
  }
  return false;
}

bool Link::StepToCaller() {
  if (has_head_ && !std::exchange(told_head_, true)) {
    const bool has_body = !bodiless() && !(response_.ended && response_.parts.empty() && !failed_);
    caller_->OnHead({.status = status,
                     .status_text = status_text_,
                     .headers = response_headers_,
                     .has_body = has_body,
                     .coded = coded_,
                     .length = response_length_});
    return true;
  }
  if (request_.TakeRoom()) {
    caller_->OnDrained();
    return true;
  }
  if (told_end_) return false;
  if (!response_.parts.empty() && response_.wanted) {
    response_.wanted = false;
    const std::string part = std::exchange(response_.parts, {});
    caller_->OnBody(part);
    return true;
  }
  if (failed_ && (!has_head_ || response_.wanted)) {
    told_end_ = true;
    caller_->OnFailed({http::FailureKind::kReset, "ERR_SERVICE_FAILED",
                       has_head_ ? "the service's response broke off"
                                 : "the service did not answer; the log says why"});
    return false;
  }
  if (response_.ended && response_.wanted) {
    told_end_ = true;
    caller_->OnEnd();
  }
  return false;
}

void Link::ReadBody(bool whole) {
  request_.wanted = true;
  request_.whole = whole;
  Schedule();
}

void Link::SetHead(const http::ResponseHead& head, std::optional<uint64_t> length) {
  has_head_ = true;
  status = head.status;
  status_text_ = head.status_text.empty() ? http::StatusPhrase(head.status) : head.status_text;
  response_headers_ = http::BlockOf(head.headers);
  coded_ = HasCoding(head.headers);
  response_length_ = length;
  if (length) response_headers_ += LengthField(*length);
}

void Link::Respond(const http::ResponseHead& head, std::string_view body) {
  if (!answering_ || has_head_ || (method_ != "HEAD" && Refuses(body.size()))) return;
  SetHead(head, http::IsBodiless(head.status) ? std::nullopt : std::optional(body.size()));
  if (!bodiless()) {
    response_.parts = body;
    sent = body.size();
  }
  EndAnswering(http::Ending::kWhole);
  response_.ended = true;
  Schedule();
}

void Link::RespondError(int status, std::string_view text) {
  Respond({.status = status, .headers = "content-type: text/plain; charset=utf-8\r\n"},
          std::string(text) + "\n");
}

void Link::StartBody(const http::ResponseHead& head, std::optional<uint64_t> length) {
  if (!answering_ || has_head_) return;
  if (method_ != "HEAD" && Refuses(length.value_or(0))) {
    streams = false;
    return;
  }
  SetHead(head, length);
  Schedule();
}

bool Link::WriteBody(std::string_view part) {
  if (!answering_ || bodiless()) return true;
  if (Refuses(sent + part.size())) return false;
  sent += part.size();
  const bool room = response_.Write(part);
  Schedule();
  return room;
}

void Link::EndBody() {
  if (!answering_ || refused) return;
  EndAnswering(http::Ending::kWhole);
  response_.ended = true;
  Schedule();
}

void Link::Fail() {
  if (!answering_ || refused) return;
  response_limit = 0;
  // As a client of the app would see it.
  if (!has_head_) return RespondError(500, http::StatusPhrase(500));
  EndAnswering(http::Ending::kCut);
  failed_ = true;
  Schedule();
}

}  // namespace

std::unique_ptr<http::Call> StartServiceCall(net::Later& later, AnswerRequest answer,
                                             const http::CallRequest& request,
                                             http::Caller& caller) {
  const auto link = std::make_shared<Link>(later, std::move(answer), request, caller);
  link->Schedule();
  return std::make_unique<CallerEnd>(link);
}

}  // namespace nano::server

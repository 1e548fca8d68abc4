// llhttp's callbacks, and the rules that it leaves to the server.
#include "http/http1/parser.h"

#include <array>
#include <cstring>

#include "http/authority.h"
#include "http/field_text.h"
#include "http/trace_context.h"

namespace nano::http1 {
namespace {

// No version digit: tells a version that was read from one that was not.
constexpr uint8_t kNoVersion = 0xff;

// Visible ASCII without "#": what a target may consist of (RFC 9112, section 3.2), and the few
// characters that clients send although RFC 3986 wants them encoded.
bool IsValidTargetText(std::string_view text) {
  bool valid = true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    valid &= byte > 0x20 && byte < 0x7f && byte != '#';
  }
  return valid;
}

}  // namespace

struct Parser::Callbacks {
  static Parser& Self(llhttp_t* llhttp) { return *static_cast<Parser*>(llhttp->data); }

  static int OnMessageBegin(llhttp_t* llhttp) { return Self(llhttp).BeginMessage(); }

  static int OnMethod(llhttp_t* llhttp, const char* at, size_t length) {
    Parser& self = Self(llhttp);
    self.word_end_ = self.PositionOf(at + length);
    return 0;
  }

  // llhttp also reads RTSP and Icecast's ICE.
  static int OnProtocol(llhttp_t* llhttp, const char* at, size_t length) {
    if (const int failed = Self(llhttp).CheckSpace(at, length); failed != 0) return failed;
    for (size_t i = 0; i < length; ++i) {
      if (at[i] != 'H' && at[i] != 'T' && at[i] != 'P') {
        return Self(llhttp).Fail(400, "the request line names a protocol other than HTTP");
      }
    }
    return 0;
  }

  static int OnUrl(llhttp_t* llhttp, const char* at, size_t length) {
    Parser& self = Self(llhttp);
    if (const int failed = self.CheckSpace(at, length); failed != 0) return failed;
    if (const int failed = self.AppendTarget({at, length}); failed != 0) return failed;
    // A line without a version is HTTP/0.9's; llhttp would wait for what follows it.
    const char* end = at + length;
    const bool line_ends = end != self.input_end_ && (*end == '\r' || *end == '\n');
    return line_ends ? self.Fail(505, "the request line has no HTTP version") : 0;
  }

  static int OnUrlComplete(llhttp_t* llhttp) {
    Parser& self = Self(llhttp);
    self.in_word_ = false;
    self.target_end_ = self.buffer_.size();
    return 0;
  }

  static int OnHeaderField(llhttp_t* llhttp, const char* at, size_t length) {
    Parser& self = Self(llhttp);
    if (self.in_body()) return 0;  // Trailers are read over.
    if (self.value_begin_ != 0) {
      if (++self.header_count_ > self.limits_.header_count) {
        return self.Fail(431, "too many header fields");
      }
      self.name_begin_ = self.buffer_.size();
      self.value_begin_ = 0;
    }
    http::AppendLowerCase(self.buffer_, {at, length});
    return 0;
  }

  static int OnHeaderFieldComplete(llhttp_t* llhttp) {
    Parser& self = Self(llhttp);
    if (self.in_body()) return 0;
    self.buffer_.push_back('\n');
    self.value_begin_ = self.buffer_.size();
    return 0;
  }

  static int OnHeaderValue(llhttp_t* llhttp, const char* at, size_t length) {
    Parser& self = Self(llhttp);
    if (!self.in_body()) self.buffer_.append(at, length);
    return 0;
  }

  static int OnHeaderValueComplete(llhttp_t* llhttp) {
    Parser& self = Self(llhttp);
    return self.in_body() ? 0 : self.EndHeaderValue();
  }

  static int OnHeadersComplete(llhttp_t* llhttp) { return Self(llhttp).EndHead(); }

  static int OnBody(llhttp_t* llhttp, const char* at, size_t length) {
    if (length == 0) return 0;  // llhttp's, at the end of input that stops within a body.
    Parser& self = Self(llhttp);
    self.body_bytes_ += length;
    if (self.body_limit_ != 0 && self.body_bytes_ > self.body_limit_) {
      return self.Fail(413, "the request's body is too large");
    }
    self.body_ = {at, length};
    self.event_ = Event::kBody;
    return HPE_PAUSED;
  }

  static int OnMessageComplete(llhttp_t* llhttp) {
    Parser& self = Self(llhttp);
    self.event_ = self.in_body() ? Event::kEnd : Event::kHead;
    self.state_ = State::kIdle;
    return HPE_PAUSED;
  }

  static constexpr llhttp_settings_t MakeSettings() {
    llhttp_settings_t settings{};
    settings.on_message_begin = OnMessageBegin;
    settings.on_protocol = OnProtocol;
    settings.on_method = OnMethod;
    settings.on_url = OnUrl;
    settings.on_url_complete = OnUrlComplete;
    settings.on_header_field = OnHeaderField;
    settings.on_header_field_complete = OnHeaderFieldComplete;
    settings.on_header_value = OnHeaderValue;
    settings.on_header_value_complete = OnHeaderValueComplete;
    settings.on_headers_complete = OnHeadersComplete;
    settings.on_body = OnBody;
    settings.on_message_complete = OnMessageComplete;
    return settings;
  }
  static const llhttp_settings_t kSettings;
};

constinit const llhttp_settings_t Parser::Callbacks::kSettings = MakeSettings();

Parser::Parser(const http::Limits& limits, net::BufferPool& pool) : limits_(limits), pool_(pool) {
  llhttp_init(&llhttp_, HTTP_REQUEST, &Callbacks::kSettings);
  llhttp_.data = this;
}

Parser::~Parser() { ReleaseHead(); }

void Parser::ReleaseHead() {
  pool_.Give(buffer_);
  head_.authority = head_.target = head_.headers = head_.traceparent = {};
}

Parser::Step Parser::Parse(std::string_view input) {
  if (llhttp_.error == HPE_PAUSED) llhttp_resume(&llhttp_);
  event_ = Event::kNeedMore;
  body_ = {};
  const bool was_in_body = in_body();
  const char* begin = input.data() == nullptr ? "" : input.data();
  input_begin_ = begin;
  input_end_ = begin + input.size();
  const llhttp_errno error = llhttp_execute(&llhttp_, begin, input.size());

  Step step;
  if (error == HPE_OK) {
    step.consumed = input.size();
  } else if (error == HPE_PAUSED) {
    step.consumed = static_cast<size_t>(llhttp_.error_pos - begin);
  } else {
    return FailStep(error, input);
  }
  const bool over =
      was_in_body ? OverFramingLimit(step.consumed - body_.size()) : OverHeadLimit(step.consumed);
  if (over) return FailStep(HPE_USER, input);

  step.event = last_event_ = event_;
  if (event_ == Event::kBody) {
    step.body = body_;
    step.body_complete = !head_.chunked && llhttp_.content_length == 0;
  }
  return step;
}

int Parser::Fail(int status, std::string_view reason) {
  error_status_ = status;
  error_reason_ = reason;
  return -1;
}

Parser::Step Parser::FailStep(llhttp_errno error, std::string_view input) {
  if (error_status_ == 0) {
    int status = 400;
    if (error == HPE_PAUSED_H2_UPGRADE) {
      status = 505;
    } else if (error == HPE_INVALID_VERSION) {
      // Well-formed, but neither 1.0 nor 1.1; otherwise it is the line that is malformed.
      const uint8_t major = llhttp_.http_major;
      const uint8_t minor = llhttp_.http_minor;
      if (major != kNoVersion && minor != kNoVersion && !(major == 1 && minor <= 1)) status = 505;
    } else if (error == HPE_INVALID_METHOD && llhttp_.error_pos < input.data() + input.size()) {
      // Where a letter makes it no known method, it is most likely one that is unknown.
      const char at = *llhttp_.error_pos;
      if ((at >= 'A' && at <= 'Z') || at == '-' || at == '_') status = 501;
    }
    Fail(status, llhttp_.reason == nullptr ? llhttp_errno_name(error) : llhttp_.reason);
  }
  Step step;
  step.event = last_event_ = Event::kError;
  step.consumed = input.size();
  step.status = error_status_;
  step.reason = error_reason_;
  return step;
}

int Parser::BeginMessage() {
  state_ = State::kHead;
  pool_.Give(buffer_);
  buffer_ = pool_.Take();
  target_end_ = name_begin_ = host_begin_ = host_end_ = 0;
  value_begin_ = 1;  // As if a field had just ended.
  header_count_ = 0;
  host_count_ = trace_count_ = 0;
  expects_continue_ = expects_other_ = te_not_chunked_ = false;
  head_bytes_ = 0;
  in_word_ = false;
  body_bytes_ = framing_bytes_ = 0;
  head_ = ParsedHead();
  llhttp_.http_major = llhttp_.http_minor = kNoVersion;
  return 0;
}

// Exactly one space separates the words of a request line (RFC 9112, section 3); llhttp skips any
// number, and where a proxy in front counts differently, requests can be smuggled past it. Called
// with each piece of the target and of the protocol's name.
int Parser::CheckSpace(const char* at, size_t length) {
  const size_t begin = PositionOf(at);
  if (!in_word_ && begin != word_end_ + 1) {
    return Fail(400, "the request line has more than one space between two of its parts");
  }
  in_word_ = true;
  word_end_ = begin + length;
  return 0;
}

int Parser::AppendTarget(std::string_view part) {
  if (buffer_.size() + part.size() > limits_.target_bytes) {
    return Fail(414, "the request's target is too long");
  }
  if (!IsValidTargetText(part)) return Fail(400, "the request's target has an invalid character");
  buffer_.append(part);
  return 0;
}

int Parser::EndHeaderValue() {
  size_t end = buffer_.size();
  while (end > value_begin_ && (buffer_[end - 1] == ' ' || buffer_[end - 1] == '\t')) --end;
  buffer_.resize(end);
  const std::string_view name(buffer_.data() + name_begin_, value_begin_ - 1 - name_begin_);
  const std::string_view value(buffer_.data() + value_begin_, end - value_begin_);
  switch (name.size()) {
    case 4:
      if (name == "host") {
        ++host_count_;
        host_begin_ = value_begin_;
        host_end_ = end;
      }
      break;
    case 6:
      if (name == "expect") {
        (http::EqualsIgnoringCase(value, "100-continue") ? expects_continue_ : expects_other_) =
            true;
      }
      break;
    case 11:
      if (name == "traceparent") {
        ++trace_count_;
        trace_begin_ = value_begin_;
        trace_end_ = end;
      }
      break;
    case 17:
      if (name == "transfer-encoding" && !http::EqualsIgnoringCase(value, "chunked")) {
        te_not_chunked_ = true;
      }
      break;
  }
  buffer_.push_back('\n');
  return 0;
}

int Parser::EndHead() {
  if (llhttp_.http_major != 1 || llhttp_.http_minor > 1) {
    return Fail(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  }
  const auto method = static_cast<llhttp_method>(llhttp_.method);
  if (method == HTTP_CONNECT) return Fail(501, "CONNECT is not supported");
  // The Fetch standard has no such requests.
  if (method == HTTP_TRACE) return Fail(501, "TRACE is not supported");
  head_.http10 = llhttp_.http_minor == 0;
  if (llhttp_.flags & F_TRANSFER_ENCODING) {
    // RFC 9112, section 6.1.
    if (head_.http10) return Fail(400, "an HTTP/1.0 request has no transfer-encoding");
    if (te_not_chunked_) return Fail(501, "the only transfer-encoding supported is chunked");
  }
  head_.method = llhttp_method_name(method);
  head_.is_head = method == HTTP_HEAD;
  head_.headers = std::string_view(buffer_).substr(target_end_);
  if (const int failed = CheckHost(); failed != 0) return failed;
  if (const int failed = ResolveTarget(); failed != 0) return failed;
  if (trace_count_ == 1) [[unlikely]] {
    const std::string_view trace(buffer_.data() + trace_begin_, trace_end_ - trace_begin_);
    if (http::IsTraceparent(trace)) head_.traceparent = trace;
  }

  head_.chunked = (llhttp_.flags & F_CHUNKED) != 0;
  head_.content_length = head_.chunked ? 0 : llhttp_.content_length;
  head_.has_body = head_.chunked || head_.content_length > 0;
  body_limit_ = limits_.body_bytes;
  if (body_limit_ != 0 && head_.content_length > body_limit_ && !limits_.handler_bounds_bodies) {
    return Fail(413, "the request's body is too large");
  }
  // RFC 9110, section 10.1.1: HTTP/1.0 has no expectations.
  if (!head_.http10) {
    if (expects_other_) return Fail(417, "the only expectation supported is 100-continue");
    head_.expects_continue = expects_continue_ && head_.has_body;
  }
  head_.keep_alive =
      llhttp_should_keep_alive(&llhttp_) != 0 && (llhttp_.flags & F_CONNECTION_CLOSE) == 0;
  // Upgrades are ignored, as a server may (RFC 9110, section 7.8): the body is the request's.
  llhttp_.upgrade = 0;
  if (!head_.has_body) return 0;  // On to OnMessageComplete.
  state_ = State::kBody;
  event_ = Event::kHead;
  return HPE_PAUSED;
}

int Parser::CheckHost() {
  if (host_count_ > 1) return Fail(400, "more than one Host header field");
  if (host_count_ == 0) {
    return head_.http10 ? 0 : Fail(400, "an HTTP/1.1 request needs a Host header field");
  }
  head_.authority = std::string_view(buffer_).substr(host_begin_, host_end_ - host_begin_);
  if (!http::IsValidAuthority(head_.authority))
    return Fail(400, "the Host header field is invalid");
  return 0;
}

int Parser::ResolveTarget() {
  head_.target = std::string_view(buffer_).substr(0, target_end_);
  if (head_.target[0] == '/') return 0;
  if (head_.target == "*") {
    return llhttp_.method == HTTP_OPTIONS ? 0 : Fail(400, "only OPTIONS has the target '*'");
  }
  http::AbsoluteTarget absolute;
  if (!http::SplitAbsoluteTarget(head_.target, &absolute) ||
      !http::IsValidAuthority(absolute.authority)) {
    return Fail(400, "the request's target is invalid");
  }
  if (!absolute.rest.empty() && absolute.rest[0] == '/') {
    head_.authority = absolute.authority;
    head_.target = absolute.rest;
    return 0;
  }
  // Without a path: "/" and the query, which have to be put together behind the header fields.
  const size_t authority_begin = static_cast<size_t>(absolute.authority.data() - buffer_.data());
  const size_t authority_size = absolute.authority.size();
  const std::string target = "/" + std::string(absolute.rest);
  const size_t headers_size = head_.headers.size();
  buffer_.append(target);
  const std::string_view all(buffer_);
  head_.authority = all.substr(authority_begin, authority_size);
  head_.headers = all.substr(target_end_, headers_size);
  head_.target = all.substr(target_end_ + headers_size);
  return 0;
}

bool Parser::OverHeadLimit(size_t consumed) {
  head_bytes_ += consumed;
  if (head_bytes_ <= limits_.header_bytes) {
    if (event_ == Event::kHead) head_bytes_ = 0;  // Empty lines before the next count towards it.
    return false;
  }
  Fail(431, "the request's header fields are too large");
  return true;
}

bool Parser::OverFramingLimit(size_t consumed) {
  framing_bytes_ += consumed;
  // Chunks of a byte each need five bytes of framing; sixteen leave room for honest extensions.
  if (framing_bytes_ <= limits_.header_bytes + 16 * body_bytes_) return false;
  Fail(431, "the request's chunk extensions or trailers are too large");
  return true;
}

}  // namespace nano::http1

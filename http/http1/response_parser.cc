// The parser's half that llhttp calls, and what RFC 9112 demands beyond what llhttp checks.
#include "http/http1/response_parser.h"

#include <limits>
#include <utility>

#include "base/check.h"
#include "http/field_text.h"

namespace nano::http1 {

struct ResponseParser::Callbacks {
  static ResponseParser& Self(llhttp_t* llhttp) {
    return *static_cast<ResponseParser*>(llhttp->data);
  }

  static int OnMessageBegin(llhttp_t* llhttp) {
    Self(llhttp).BeginMessage();
    return 0;
  }

  // llhttp also reads RTSP and Icecast's ICE.
  static int OnProtocol(llhttp_t* llhttp, const char* at, size_t length) {
    for (size_t i = 0; i < length; ++i) {
      if (at[i] != 'H' && at[i] != 'T' && at[i] != 'P') {
        return Self(llhttp).Fail("the answer is not HTTP");
      }
    }
    return 0;
  }

  // llhttp takes any byte of it but the line's end.
  static int OnStatus(llhttp_t* llhttp, const char* at, size_t length) {
    for (size_t i = 0; i < length; ++i) {
      const auto c = static_cast<unsigned char>(at[i]);
      if ((c < ' ' && c != '\t') || c == 0x7f) {
        return Self(llhttp).Fail("the status line has a control character");
      }
    }
    Self(llhttp).buffer_.append(at, length);
    return 0;
  }

  static int OnStatusComplete(llhttp_t* llhttp) {
    ResponseParser& self = Self(llhttp);
    self.text_end_ = self.buffer_.size();
    return 0;
  }

  static int OnHeaderField(llhttp_t* llhttp, const char* at, size_t length) {
    ResponseParser& self = Self(llhttp);
    if (self.state_ == State::kBody) return 0;  // Trailers are read over: Fetch has none.
    if (self.value_begin_ != 0) {
      if (++self.header_count_ > self.limits_.header_count) {
        return self.Fail("the response has too many header fields");
      }
      self.name_begin_ = self.buffer_.size();
      self.value_begin_ = 0;
    }
    http::AppendLowerCase(self.buffer_, {at, length});
    return 0;
  }

  static int OnHeaderFieldComplete(llhttp_t* llhttp) {
    ResponseParser& self = Self(llhttp);
    if (self.state_ == State::kBody) return 0;
    self.buffer_.push_back('\n');
    self.value_begin_ = self.buffer_.size();
    return 0;
  }

  static int OnHeaderValue(llhttp_t* llhttp, const char* at, size_t length) {
    ResponseParser& self = Self(llhttp);
    if (self.state_ != State::kBody) self.buffer_.append(at, length);
    return 0;
  }

  static int OnHeaderValueComplete(llhttp_t* llhttp) {
    ResponseParser& self = Self(llhttp);
    return self.state_ == State::kBody ? 0 : self.EndHeaderValue();
  }

  static int OnHeadersComplete(llhttp_t* llhttp) { return Self(llhttp).EndHead(); }

  static int OnBody(llhttp_t* llhttp, const char* at, size_t length) {
    if (length == 0) return 0;  // llhttp's, at the end of input that stops within a body.
    ResponseParser& self = Self(llhttp);
    self.body_bytes_ += length;
    self.body_ = {at, length};
    self.event_ = Event::kBody;
    return HPE_PAUSED;
  }

  static int OnMessageComplete(llhttp_t* llhttp) {
    ResponseParser& self = Self(llhttp);
    if (self.state_ == State::kBody) {
      self.event_ = Event::kEnd;
    } else {
      self.event_ = self.head_.status < 200 ? Event::kInterim : Event::kHead;
    }
    self.state_ = self.event_ == Event::kInterim ? State::kStart : State::kEnded;
    return HPE_PAUSED;
  }

  static constexpr llhttp_settings_t MakeSettings() {
    llhttp_settings_t settings{};
    settings.on_message_begin = OnMessageBegin;
    settings.on_protocol = OnProtocol;
    settings.on_status = OnStatus;
    settings.on_status_complete = OnStatusComplete;
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

constinit const llhttp_settings_t ResponseParser::Callbacks::kSettings = MakeSettings();

ResponseParser::ResponseParser(const ResponseLimits& limits, net::BufferPool& pool)
    : limits_(limits), pool_(pool) {
  Start(Request::kOrdinary);
}

ResponseParser::~ResponseParser() { ReleaseHead(); }

void ResponseParser::Start(Request request) {
  llhttp_init(&llhttp_, HTTP_RESPONSE, &Callbacks::kSettings);
  llhttp_set_lenient_optional_cr_before_lf(&llhttp_, 1);
  llhttp_set_lenient_spaces_after_chunk_size(&llhttp_, 1);
  llhttp_.data = this;
  request_ = request;
  state_ = State::kStart;
  event_ = last_event_ = Event::kNeedMore;
  begun_ = false;
  head_bytes_ = 0;
  error_reason_ = {};
}

void ResponseParser::ReleaseHead() {
  pool_.Give(buffer_);
  head_.status_text = head_.headers = {};
}

std::string ResponseParser::TakeHead() {
  std::string text = std::exchange(buffer_, {});
  head_.status_text = head_.headers = {};
  return text;
}

ResponseParser::Step ResponseParser::Parse(std::string_view input) {
  if (last_event_ == Event::kInterim) {
    // Afresh: whatever the interim response said of the connection means nothing for the next one.
    const size_t head_bytes = head_bytes_;
    Start(request_);
    head_bytes_ = head_bytes;
    begun_ = true;
  } else if (llhttp_.error == HPE_PAUSED) {
    llhttp_resume(&llhttp_);
  }
  if (!input.empty()) begun_ = true;
  event_ = Event::kNeedMore;
  body_ = {};
  const bool was_in_body = state_ == State::kBody;
  const char* begin = input.data() == nullptr ? "" : input.data();
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
  step.body = body_;
  return step;
}

ResponseParser::Step ResponseParser::Finish() {
  // Past the head it stopped at: only then does llhttp know what an end of the input means.
  if (const Step step = Parse({}); step.event != Event::kNeedMore) return step;
  const llhttp_errno error = llhttp_finish(&llhttp_);
  Step step;
  if (error == HPE_PAUSED && event_ == Event::kEnd) {
    step.event = last_event_ = Event::kEnd;
    return step;
  }
  Fail(state_ == State::kBody ? "the connection ended within the response's body"
       : begun_               ? "the connection ended within the response's head"
                              : "the connection ended without a response");
  return FailStep(HPE_USER, {});
}

uint64_t ResponseParser::unframed() const {
  if (state_ != State::kBody || (llhttp_.flags & F_CHUNKED) != 0) return 0;
  return head_.content_length ? *head_.content_length - body_bytes_
                              : std::numeric_limits<uint64_t>::max();
}

void ResponseParser::Skip(uint64_t size) {
  NANO_CHECK(size <= unframed());
  body_bytes_ += size;
  if (!head_.content_length) return;
  // llhttp counts down what is left of the body; past its last byte it is not needed any more.
  llhttp_.content_length -= size;
  if (llhttp_.content_length == 0) state_ = State::kEnded;
}

int ResponseParser::Fail(std::string_view reason) {
  error_reason_ = reason;
  return -1;
}

ResponseParser::Step ResponseParser::FailStep(llhttp_errno error, std::string_view input) {
  if (error_reason_.empty()) {
    if (error == HPE_INVALID_CONSTANT && state_ == State::kStart) {
      Fail("the answer is not HTTP");
    } else {
      Fail(llhttp_.reason == nullptr ? llhttp_errno_name(error) : llhttp_.reason);
    }
  }
  Step step;
  step.event = last_event_ = Event::kError;
  step.consumed = input.size();
  step.reason = error_reason_;
  return step;
}

void ResponseParser::BeginMessage() {
  state_ = State::kHead;
  pool_.Give(buffer_);
  buffer_ = pool_.Take();
  text_end_ = name_begin_ = 0;
  value_begin_ = 1;  // As if a field had just ended.
  header_count_ = 0;
  transfer_unknown_ = false;
  body_bytes_ = framing_bytes_ = 0;
  head_ = ParsedResponse();
}

int ResponseParser::EndHeaderValue() {
  size_t end = buffer_.size();
  while (end > value_begin_ && (buffer_[end - 1] == ' ' || buffer_[end - 1] == '\t')) --end;
  buffer_.resize(end);
  const std::string_view name(buffer_.data() + name_begin_, value_begin_ - 1 - name_begin_);
  const std::string_view value(buffer_.data() + value_begin_, end - value_begin_);
  if (name == "transfer-encoding" && !http::EqualsIgnoringCase(value, "chunked")) {
    transfer_unknown_ = true;
  }
  if (name == "content-encoding") head_.coded = true;
  buffer_.push_back('\n');
  return 0;
}

int ResponseParser::EndHead() {
  if (llhttp_.http_major != 1) return Fail("the answer's HTTP version is not 1.0 or 1.1");
  head_.status = llhttp_.status_code;
  head_.http10 = llhttp_.http_minor == 0;
  const std::string_view all(buffer_);
  head_.status_text = all.substr(0, text_end_);
  head_.headers = all.substr(text_end_);
  if (head_.status < 100) return Fail("the answer's status is not a status");
  if (head_.status == 101) return Fail("the server changes to a protocol it was not asked for");
  if (transfer_unknown_) return Fail("the response's transfer-encoding is not chunked");
  // llhttp does not see it if a tab follows the name.
  if ((llhttp_.flags & F_TRANSFER_ENCODING) != 0) llhttp_.flags |= F_CHUNKED;

  const bool tunnel = request_ == Request::kConnect && head_.status / 100 == 2;
  const bool bodiless = request_ == Request::kHead || tunnel || head_.status < 200 ||
                        head_.status == 204 || head_.status == 304;
  if (bodiless) llhttp_.flags |= F_SKIPBODY;
  const bool chunked = (llhttp_.flags & F_CHUNKED) != 0;
  const bool counted = !chunked && (llhttp_.flags & F_CONTENT_LENGTH) != 0;
  head_.has_body = !bodiless && !(counted && llhttp_.content_length == 0);
  if (head_.has_body && counted) head_.content_length = llhttp_.content_length;
  head_.keep_alive = llhttp_should_keep_alive(&llhttp_) != 0 &&
                     (llhttp_.flags & F_CONNECTION_CLOSE) == 0 &&
                     // RFC 9112, section 6.1: its framing is not to be trusted.
                     !(head_.http10 && chunked);
  // Nobody asked for an upgrade: the body is the response's.
  llhttp_.upgrade = 0;
  if (!head_.has_body) return 0;  // On to OnMessageComplete.
  state_ = State::kBody;
  event_ = Event::kHead;
  return HPE_PAUSED;
}

bool ResponseParser::OverHeadLimit(size_t consumed) {
  head_bytes_ += consumed;
  if (head_bytes_ <= limits_.header_bytes) return false;
  Fail("the response's header fields are too large");
  return true;
}

bool ResponseParser::OverFramingLimit(size_t consumed) {
  framing_bytes_ += consumed;
  // Chunks of a byte each need five bytes of framing; sixteen leave room for honest extensions.
  // What this step brought of the body came behind them, and may come in a read of its own.
  const uint64_t body_before = body_bytes_ - body_.size();
  if (framing_bytes_ <= limits_.header_bytes + 16 * body_before) return false;
  Fail("the response's chunk extensions or trailers are too large");
  return true;
}

}  // namespace nano::http1

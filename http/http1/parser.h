// Turns the bytes of one client connection into requests: heads, body parts, ends and errors. Pulls
// one event at a time, so that the caller decides how far to read. Enforces the limits on heads and
// bodies and everything that HTTP/1.1 demands of a request beyond what llhttp checks itself.
//
// Owns llhttp's state, and the buffer of a head while one is being read (borrowed from the pool).
// The only part of the server that sees llhttp. Thread: the loop's own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/http1/llhttp.h"
#include "http/limits.h"
#include "net/buffer_pool.h"

namespace nano::http1 {

// A complete request head. The views are valid until Parser::ReleaseHead.
struct ParsedHead {
  std::string_view method;
  // Of an absolute-form target, else of Host; empty in HTTP/1.0 without.
  std::string_view authority;
  std::string_view target;       // Origin form, or "*" of an OPTIONS request.
  std::string_view headers;      // As http::RequestHead::headers.
  std::string_view traceparent;  // As http::RequestHead::traceparent.
  bool is_head = false;          // The method is HEAD.
  bool http10 = false;           // HTTP/1.0, else 1.1.
  bool keep_alive = false;       // The client wants the connection to persist.
  bool expects_continue = false;
  bool has_body = false;
  bool chunked = false;
  uint64_t content_length = 0;  // Of a body that is not chunked.
};

class Parser {
 public:
  enum class Event {
    kNeedMore,  // All input is consumed and no event came of it.
    kHead,      // head() is complete. Without a body the request is complete too: no kEnd follows.
    kBody,      // A part of the body.
    kEnd,       // The body is complete.
    kError,     // The input is malformed or over a limit; the parser is of no further use.
  };
  struct Step {
    Event event = Event::kNeedMore;
    size_t consumed = 0;         // Bytes of the input that are done with.
    std::string_view body;       // kBody: a view into the input.
    bool body_complete = false;  // kBody: nothing of the body follows but kEnd.
    int status = 0;              // kError: the status to answer with, 4xx or 5xx.
    std::string_view reason;     // kError: what is wrong, for the client and the log.
  };

  Parser(const http::Limits& limits, net::BufferPool& pool);
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // Reads `input` up to the next event. After kBody, call it again even without input.
  Step Parse(std::string_view input);

  const ParsedHead& head() const { return head_; }
  // Bounds the body that belongs to the head; 0: no bound. As limits say until then.
  void LimitBody(uint64_t bytes) { body_limit_ = bytes; }
  uint64_t body_limit() const { return body_limit_; }
  // The head announces a body that is longer, which will be an error.
  bool body_exceeds() const { return body_limit_ != 0 && head_.content_length > body_limit_; }
  // Bytes of the body that have been seen.
  uint64_t body_seen() const { return body_bytes_; }
  // Gives the head's memory back; its views die.
  void ReleaseHead();

  // Bytes of a head have arrived and it is not complete.
  bool in_head() const { return state_ == State::kHead; }
  // A head with a body is complete and the body is not.
  bool in_body() const { return state_ == State::kBody; }
  // An event may come without further input.
  bool pending() const { return last_event_ == Event::kBody; }
  // Bytes of the current body that have not been seen; of a chunked one, only those of its chunk.
  uint64_t body_left() const { return in_body() ? llhttp_.content_length : 0; }
  // The current request's method is HEAD, as far as is known.
  bool method_is_head() const { return state_ != State::kIdle && llhttp_.method == HTTP_HEAD; }

 private:
  enum class State : uint8_t { kIdle, kHead, kBody };
  struct Callbacks;  // llhttp's, in parser.cc.

  int Fail(int status, std::string_view reason);
  Step FailStep(llhttp_errno error, std::string_view input);
  int BeginMessage();
  // Where a byte of the input lies, counted from the start of the input in which the head began.
  size_t PositionOf(const char* at) const {
    return head_bytes_ + static_cast<size_t>(at - input_begin_);
  }
  int CheckSpace(const char* at, size_t length);
  int AppendTarget(std::string_view part);
  int EndHeaderValue();
  int EndHead();
  int ResolveTarget();
  int CheckHost();
  bool OverHeadLimit(size_t consumed);
  bool OverFramingLimit(size_t consumed);

  const http::Limits& limits_;
  net::BufferPool& pool_;
  llhttp_t llhttp_;
  State state_ = State::kIdle;
  Event event_ = Event::kNeedMore;       // Of the Parse call under way.
  Event last_event_ = Event::kNeedMore;  // Of the one before.

  const char* input_begin_ = nullptr;  // Of the Parse call under way.
  const char* input_end_ = nullptr;

  // The request line: where its last word ends so far, and whether more of it may come.
  size_t word_end_ = 0;
  bool in_word_ = false;

  // The head being read: the target, then "name\nvalue\n" pairs.
  std::string buffer_;
  size_t target_end_ = 0;
  size_t name_begin_ = 0;   // Of the last field.
  size_t value_begin_ = 0;  // Of the last field; 0 while its name is read.
  size_t host_begin_ = 0;   // Host's value in buffer_.
  size_t host_end_ = 0;
  size_t trace_begin_ = 0;  // The same of traceparent …
  size_t trace_end_ = 0;
  uint32_t trace_count_ = 0;  // … of which there may be one.
  size_t header_count_ = 0;
  uint32_t host_count_ = 0;
  bool expects_continue_ = false;
  bool expects_other_ = false;
  bool te_not_chunked_ = false;
  size_t head_bytes_ = 0;  // As sent.
  ParsedHead head_;

  uint64_t body_bytes_ = 0;     // Seen of the body …
  uint64_t body_limit_ = 0;     // … which may have so many; 0: no bound.
  uint64_t framing_bytes_ = 0;  // Seen of chunk sizes, extensions and trailers.
  std::string_view body_;       // The part that Parse returns.

  int error_status_ = 0;
  std::string_view error_reason_;
};

}  // namespace nano::http1

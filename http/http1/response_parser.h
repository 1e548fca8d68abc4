// Turns the bytes of one connection to a server into responses: interim ones, heads, body parts,
// ends and errors (RFC 9112, sections 4 to 7). Pulls one event at a time, so that the caller
// decides how far to read. Reads one response for each Start; what follows its end is left to the
// caller, for whom it is a reason not to use the connection again.
//
// More lenient than the server's side (parser.h) where other clients are and nobody stands between
// who could read it differently: lines of a head may end by LF alone, and spaces may stand behind a
// chunk's size (RFC 9112, section 7.1.1, as old servers pad it).
//
// Owns llhttp's state, and the buffer of a head while one is being read (borrowed from the pool).
// Thread: the loop's own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/http1/llhttp.h"
#include "net/buffer_pool.h"

namespace nano::http1 {

// What a server's framing may cost.
struct ResponseLimits {
  size_t header_bytes = 64 * 1024;  // Status line and header fields, with those of interim ones.
  size_t header_count = 512;
};

// A complete response head. The views are valid until ResponseParser::ReleaseHead.
struct ParsedResponse {
  int status = 0;  // 100 to 999.
  std::string_view status_text;
  std::string_view headers;  // "name\nvalue\n" pairs in order of arrival; names in lower case.
  bool http10 = false;       // HTTP/1.0, else 1.1.
  // The connection may take another request after this response, as far as the response says.
  bool keep_alive = false;
  bool has_body = false;
  bool coded = false;  // It has a Content-Encoding.
  // Of a body neither chunked nor ended by the connection's end.
  std::optional<uint64_t> content_length;
};

class ResponseParser {
 public:
  // What the response answers, since that decides whether it has a body (RFC 9112, section 6.3).
  enum class Request : uint8_t { kOrdinary, kHead, kConnect };
  enum class Event : uint8_t {
    kNeedMore,  // All input is consumed and no event came of it.
    kInterim,   // An interim response (1xx): head() is complete; the response is still to come.
    kHead,      // head() is complete. Without a body the response is too: no kEnd follows.
    kBody,      // A part of the body.
    kEnd,       // The body is complete.
    kError,     // Malformed, or over a limit; the connection is of no further use.
  };
  struct Step {
    Event event = Event::kNeedMore;
    size_t consumed = 0;      // Bytes of the input that are done with.
    std::string_view body;    // kBody: a view into the input.
    std::string_view reason;  // kError: what is wrong, in a few words.
  };

  ResponseParser(const ResponseLimits& limits, net::BufferPool& pool);
  ~ResponseParser();
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;

  // The next bytes are those of the response to such a request.
  void Start(Request request);
  // Reads `input` up to the next event. After kInterim and kBody call it again even without input.
  Step Parse(std::string_view input);
  // The connection's input has ended: kEnd if that is how the body ends, else kError.
  Step Finish();

  const ParsedResponse& head() const { return head_; }
  // Gives the head's memory back; its views die.
  void ReleaseHead();
  // The same, to the caller, who returns it to the pool: the status text, as long as head() has it,
  // and the fields behind it.
  std::string TakeHead();

  // An event may come without further input.
  bool pending() const { return last_event_ == Event::kBody || last_event_ == Event::kInterim; }
  // How many bytes that come next are the body's, whatever they are: what is left of one of a known
  // length, everything if the connection's end ends it, none of one that is chunked.
  uint64_t unframed() const;
  // So many of them have come, and passed by. If they were the last ones the response has ended,
  // and no kEnd follows.
  void Skip(uint64_t size);

  // A head is being read, or waited for.
  bool in_head() const { return state_ == State::kStart || state_ == State::kHead; }
  // A byte of the response has come, also of an interim one.
  bool begun() const { return begun_; }
  // The response is complete.
  bool ended() const { return state_ == State::kEnded; }

 private:
  enum class State : uint8_t { kStart, kHead, kBody, kEnded };
  struct Callbacks;  // llhttp's, in response_parser.cc.

  void BeginMessage();
  int Fail(std::string_view reason);
  Step FailStep(llhttp_errno error, std::string_view input);
  int EndHeaderValue();
  int EndHead();
  bool OverHeadLimit(size_t consumed);
  bool OverFramingLimit(size_t consumed);

  const ResponseLimits& limits_;
  net::BufferPool& pool_;
  llhttp_t llhttp_;
  Request request_ = Request::kOrdinary;
  State state_ = State::kEnded;
  Event event_ = Event::kNeedMore;       // Of the Parse call under way.
  Event last_event_ = Event::kNeedMore;  // Of the one before.
  bool begun_ = false;
  bool transfer_unknown_ = false;  // A transfer-encoding other than chunked.

  std::string buffer_;      // The status text, then "name\nvalue\n" pairs.
  size_t text_end_ = 0;     // Of the status text.
  size_t name_begin_ = 0;   // Of the last field.
  size_t value_begin_ = 0;  // Of the last field; 0 while its name is read.
  size_t header_count_ = 0;
  size_t head_bytes_ = 0;  // As sent, of this response's heads.
  ParsedResponse head_;

  uint64_t body_bytes_ = 0;     // Seen of the body.
  uint64_t framing_bytes_ = 0;  // Seen of chunk sizes, extensions and trailers.
  std::string_view body_;       // The part that Parse returns.
  std::string_view error_reason_;
};

}  // namespace nano::http1

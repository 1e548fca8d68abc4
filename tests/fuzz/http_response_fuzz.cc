// Fuzzes the response parser: whatever a server sends, it must neither crash nor over-read, every
// event must be consistent, and the same bytes must mean the same however they were cut into reads.
// driver.h says how it is run.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "http/http1/response_parser.h"
#include "runtime/entry.h"
#include "tests/fuzz/driver.h"
#include "tests/fuzz/response_material.h"

namespace {

using nano::http1::ResponseLimits;
using nano::http1::ResponseParser;
using nano::net::BufferPool;
using Event = ResponseParser::Event;
using Request = ResponseParser::Request;

// Checks what the parser tells, and writes it down as text that can be compared.
class Transcript {
 public:
  Transcript(Request request, const ResponseLimits& limits) : parser_(limits, pool_) {
    request_ = request;
    parser_.Start(request);
  }

  // Of all of the input, cut into pieces, and the connection's end behind it.
  std::string Of(std::string_view input, size_t piece_size) {
    for (size_t begin = 0; begin < input.size() && !over_; begin += piece_size) {
      const std::string_view slice = input.substr(begin, piece_size);
      // On the heap and of exactly its size, so that AddressSanitizer sees an over-read.
      const auto copy = std::make_unique<char[]>(slice.size());
      std::memcpy(copy.get(), slice.data(), slice.size());
      const size_t used = Feed({copy.get(), slice.size()});
      if (parser_.ended()) {
        text_.append(input.substr(begin + used));
        over_ = true;
      }
    }
    if (!over_) {
      const ResponseParser::Step step = parser_.Finish();
      NANO_CHECK(step.event == Event::kEnd || step.event == Event::kError);
      Take(step, {});
    }
    return std::move(text_);
  }

 private:
  size_t Feed(std::string_view piece) {
    size_t at = 0;
    while ((at < piece.size() || parser_.pending()) && !parser_.ended() && !over_) {
      const bool was_pending = parser_.pending();
      const ResponseParser::Step step = parser_.Parse(piece.substr(at));
      at += step.consumed;
      NANO_CHECK(at <= piece.size());
      NANO_CHECK(step.consumed > 0 || was_pending || step.event != Event::kNeedMore);
      NANO_CHECK(parser_.begun());
      Take(step, piece);
    }
    return at;
  }

  void Take(const ResponseParser::Step& step, std::string_view piece) {
    switch (step.event) {
      case Event::kNeedMore:
        break;
      case Event::kInterim:
        TakeHead();
        NANO_CHECK(parser_.head().status < 200 && !parser_.head().has_body);
        break;
      case Event::kHead:
        TakeHead();
        NANO_CHECK(parser_.head().status >= 200 && !head_told_);
        NANO_CHECK(parser_.head().has_body == !parser_.ended());
        NANO_CHECK(!(request_ == Request::kHead && parser_.head().has_body));
        length_ = parser_.head().content_length;
        head_told_ = true;
        parser_.ReleaseHead();
        break;
      case Event::kBody:
        NANO_CHECK(head_told_ && !step.body.empty());
        NANO_CHECK(step.body.data() >= piece.data() &&
                   step.body.data() + step.body.size() <= piece.data() + piece.size());
        received_ += step.body.size();
        NANO_CHECK(!length_ || received_ <= *length_);
        text_.append(step.body);
        break;
      case Event::kEnd:
        NANO_CHECK(head_told_ && parser_.ended() && (!length_ || received_ == *length_));
        text_.append("\nend\n");
        break;
      case Event::kError:
        NANO_CHECK(!step.reason.empty());
        // Which limit is hit first may depend on the pieces.
        text_.append("error");
        over_ = true;
        break;
    }
  }

  void TakeHead() {
    const auto& head = parser_.head();
    NANO_CHECK(head.status >= 100 && head.status <= 999);
    bool in_value = false;
    for (const char c : head.headers) {
      NANO_CHECK(c != '\r' && c != '\0');
      NANO_CHECK(in_value || (c != ' ' && c != ':' && !(c >= 'A' && c <= 'Z')));
      if (c == '\n') in_value = !in_value;
    }
    NANO_CHECK(!in_value);
    for (const char c : head.status_text) NANO_CHECK(c != '\r' && c != '\n');
    text_.append(std::to_string(head.status)).append(" ").append(head.status_text).append("\n");
    text_.append(head.headers).append(head.keep_alive ? "keep\n" : "close\n");
    if (head.content_length) text_.append(std::to_string(*head.content_length));
  }

  BufferPool pool_;
  ResponseParser parser_;
  Request request_;
  std::string text_;
  bool over_ = false;
  bool head_told_ = false;
  std::optional<uint64_t> length_;
  uint64_t received_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const ResponseLimits limits{.header_bytes = 512, .header_count = 16};
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const Request request : {Request::kOrdinary, Request::kHead, Request::kConnect}) {
    const std::string whole = Transcript(request, limits).Of(input, size == 0 ? 1 : size);
    for (const size_t piece_size : {1, 3, 16}) {
      const std::string pieces = Transcript(request, limits).Of(input, piece_size);
      if (pieces == whole) continue;
      std::fprintf(stderr, "input:\n%.*s\nwhole:\n%s\nin pieces of %zu:\n%s\n",
                   static_cast<int>(input.size()), input.data(), whole.c_str(), piece_size,
                   pieces.c_str());
      std::abort();
    }
  }
  return 0;
}

int NanoMain(int argc, char** argv) {
  return nano::fuzz::Drive(
      argc, argv, {.seeds = nano::fuzz::Responses(), .tokens = nano::fuzz::ResponseTokens()});
}

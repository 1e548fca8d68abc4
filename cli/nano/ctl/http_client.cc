// Requests as the client side of http/ writes them, answers as it reads them.
#include "cli/nano/ctl/http_client.h"

#include <utility>

#include "base/lines.h"
#include "base/version.h"
#include "cli/nano/ctl/wire.h"
#include "http/http1/request_writer.h"
#include "http/http1/response_parser.h"

namespace nano::cli::ctl {
namespace {

constexpr std::chrono::milliseconds kConnectTimeout{10'000};
// More than any answer has that is kept whole.
constexpr size_t kMostBody = size_t{256} << 20;

size_t BodySize(const HttpRequest& request) {
  size_t size = 0;
  for (const std::string_view part : request.body) size += part.size();
  return size;
}

}  // namespace

// One request and its answer.
class HttpClient::Exchange {
 public:
  Exchange(Wire& wire, const Options& options, const HttpRequest& request, const Sink& sink)
      : wire_(wire),
        options_(options),
        sink_(sink),
        timeout_(request.timeout.count() == 0 ? options.timeout : request.timeout),
        while_silent_(request.while_silent),
        parser_(limits_, pool_) {
    parser_.Start(http1::ResponseParser::Request::kOrdinary);
  }

  // Sends, unless the answer is there first, of which all is read that has come meanwhile.
  Result<void> Send(std::string_view bytes) {
    while (!bytes.empty() && !done_ && !wire_.deaf()) TRY(Turn(bytes));
    return {};
  }

  Result<HttpAnswer> Read() {
    std::string_view nothing;
    while (!done_) {
      TRY(Turn(nothing));
      if (wire_.ended() && !done_) TRY(Take(parser_.Finish()));
    }
    return std::move(answer_);
  }

 private:
  using Event = http1::ResponseParser::Event;

  Result<void> Turn(std::string_view& unsent) {
    const bool follows = sink_ != nullptr && answer_.ok();
    std::string received;
    TRY(wire_.Turn(unsent, received, follows ? std::chrono::milliseconds(0) : timeout_,
                   while_silent_));
    std::string_view rest = received;
    while (!done_ && (!rest.empty() || parser_.pending())) {
      const http1::ResponseParser::Step step = parser_.Parse(rest);
      rest.remove_prefix(step.consumed);
      TRY(Take(step));
      if (step.event == Event::kNeedMore) break;
    }
    // More was said than an answer; nobody asks again on this connection.
    if (wire_.ended() && !done_ && !unsent.empty()) return Take(parser_.Finish());
    return {};
  }

  Result<void> Take(const http1::ResponseParser::Step& step) {
    switch (step.event) {
      case Event::kNeedMore:
      case Event::kInterim:
        return {};
      case Event::kHead:
        answer_.status = parser_.head().status;
        answer_.headers = parser_.head().headers;
        done_ = !parser_.head().has_body;
        parser_.ReleaseHead();
        return {};
      case Event::kBody:
        return TakeBody(step.body);
      case Event::kEnd:
        done_ = true;
        return {};
      case Event::kError:
        break;
    }
    const std::string name = options_.endpoint.ToString();
    if (parser_.begun() && answer_.status == 0 && !wire_.ended()) {
      return Error{
          "what answers at " + name + " is no NANO: " + std::string(step.reason), "",
          "Say where the admin API is: --admin unix:PATH, HOST:PORT or https://HOST:PORT."};
    }
    const bool plain = options_.endpoint.socket.empty() && !options_.endpoint.secure;
    return Error{"the connection to " + name + " was closed before the answer was complete", "",
                 "The server may have ended, or does not speak HTTP there. " +
                     std::string(plain ? "One with TLS is named with https://. " : "") +
                     "`nano ctl status` says what it serves now."};
  }

  Result<void> TakeBody(std::string_view part) {
    if (sink_ != nullptr && answer_.ok()) {
      done_ = !sink_(part);
      return {};
    }
    if (answer_.body.size() + part.size() > kMostBody) {
      return Error{"the answer of " + options_.endpoint.ToString() + " is too large", "", ""};
    }
    answer_.body += part;
    return {};
  }

  Wire& wire_;
  const Options& options_;
  const Sink& sink_;
  const std::chrono::milliseconds timeout_;
  const std::function<void()>& while_silent_;
  const http1::ResponseLimits limits_;
  net::BufferPool pool_;
  http1::ResponseParser parser_;
  HttpAnswer answer_;
  bool done_ = false;
};

std::string HttpAnswer::Field(std::string_view name) const {
  for (std::string_view rest = headers; !rest.empty();) {
    const std::string_view known = TakeLine(rest);
    const std::string_view value = TakeLine(rest);
    if (known == name) return std::string(value);
  }
  return {};
}

std::string HttpClient::HeadOf(const HttpRequest& request) const {
  std::string headers = request.headers;
  headers += "user-agent: nano-ctl/" + std::string(Version()) + "\r\nconnection: close\r\n";
  if (!options_.token.empty()) headers += "authorization: Bearer " + options_.token + "\r\n";
  http1::RequestFraming framing;
  if (request.has_body) {
    framing = {.kind = http1::RequestFraming::Kind::kLength, .length = BodySize(request)};
  }
  const std::string authority = options_.endpoint.Authority();
  std::string head;
  http1::AppendRequestHead(
      head,
      {.method = request.method, .origin = "", .target = request.target, .authority = authority},
      headers, framing);
  return head;
}

Result<HttpAnswer> HttpClient::Ask(const HttpRequest& request, const Sink& sink,
                                   const std::function<void(size_t)>& sent, bool* reached) const {
  constexpr size_t kStep = size_t{1} << 20;
  Wire wire = TRY(Wire::Connect(options_.endpoint, options_.place, kConnectTimeout));
  if (reached != nullptr) *reached = true;
  Exchange exchange(wire, options_, request, sink);
  TRY(exchange.Send(HeadOf(request)));
  size_t gone = 0;
  for (std::string_view part : request.body) {
    while (!part.empty()) {
      const std::string_view piece = part.substr(0, kStep);
      TRY(exchange.Send(piece));
      part.remove_prefix(piece.size());
      gone += piece.size();
      if (sent != nullptr) sent(gone);
    }
  }
  return exchange.Read();
}

}  // namespace nano::cli::ctl

// Framing of what the handler answers.
#include "http/http1/exchange.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "http/http1/chunked.h"
#include "http/http1/connection.h"
#include "http/status.h"
#include "net/file_part.h"

namespace nano::http1 {
namespace {

// Bodies above are sent from where they are, smaller ones copied behind their head.
constexpr size_t kCopyLimit = 16 * 1024;

// What header fields may have: far more than clients take. They are kept beside the body, and no
// other bound is on them.
constexpr size_t kMostFieldBytes = 128 * 1024;

}  // namespace

void Http1Exchange::ReadBody(bool whole) {
  if (active()) connection_.WantBody(whole);
}

void Http1Exchange::WriteHead(http::ResponseHead head, Framing framing) {
  status = head.status;
  discards_body_ = is_head_ || http::IsBodiless(head.status);
  if (http::IsBodiless(head.status)) {
    framing = {.kind = Framing::Kind::kNone};
  } else if (head.status == 205) {
    // RFC 9110, section 15.3.6: no content, but not bodiless by definition.
    discards_body_ = true;
    framing = {.kind = Framing::Kind::kLength, .length = 0};
  } else if (framing.kind == Framing::Kind::kChunked && http10_) {
    framing = {.kind = Framing::Kind::kUntilClose};
  }
  framing_ = framing;
  const bool until_close = framing.kind == Framing::Kind::kUntilClose && !discards_body_;
  const bool app_closes = TakeConnectionClose(head.headers);
  const bool persists = connection_.DecidePersistence(!until_close && !app_closes);
  std::string& out = connection_.output().buffer();
  const size_t begin = out.size();
  AppendHead(out, head, framing,
             !persists ? Persistence::kClose
             : http10_ ? Persistence::kKeepAlive
                       : Persistence::kImplied,
             connection_.date());
  if (begun_ > 0) out.erase(begin, TakeBegun());
}

bool Http1Exchange::TakesFields(const http::ResponseHead& head) {
  if (head.headers.size() <= kMostFieldBytes) [[likely]] {
    return true;
  }
  Refuse({.kind = http::Obstacle::Kind::kFields,
          .limit = kMostFieldBytes,
          .used = head.headers.size()});
  return !refused;
}

// Of a response that is known whole: whether it can be taken. What is sent from where it is may
// have to be kept.
bool Http1Exchange::HasRoom(size_t size) {
  if (Refuses(size)) [[unlikely]] {
    return false;
  }
  if (size <= kCopyLimit || !connection_.lacks_room()) [[likely]] {
    return true;
  }
  Refuse(connection_.Overload());
  return !refused;
}

void Http1Exchange::Respond(const http::ResponseHead& head, std::string_view body) {
  if (state_ != State::kWaiting || !TakesFields(head)) return;
  if (!is_head_ && !HasRoom(body.size())) return;
  WriteHead(head, {.kind = Framing::Kind::kLength, .length = body.size()});
  if (!discards_body_) {
    if (body.size() <= kCopyLimit) {
      connection_.output().buffer().append(body);
    } else {
      connection_.output().FlushWith(body);
      connection_.CountKept();
    }
    sent = body.size();
  }
  End(http::Ending::kWhole);
  connection_.OnExchangeEnded();
}

// The connection tells of it when all of it is sent.
void Http1Exchange::End(http::Ending ending) {
  state_ = State::kEnded;
  ending_ = ending;
  untold_ = true;
  end_ = connection_.output().end();
}

void Http1Exchange::TakeOver(int answer, const char* why) {
  state_ = State::kEnded;
  status = answer;
  refusal = why;
}

void Http1Exchange::EndTakenOver(size_t size) {
  sent = size;
  End(http::Ending::kWhole);
}

void Http1Exchange::Abandon(uint64_t unsent, const char* why) {
  state_ = State::kEnded;
  untold_ = false;
  // With what frames the body's parts, and perhaps what has begun and is none of it.
  if (!discards_body_) sent -= std::min(sent, unsent);
  // Whoever has ended it before knows better.
  if (why != nullptr && refusal == nullptr) refusal = why;
  const bool is_cut = why != nullptr || ending_ == http::Ending::kCut;
  TellEnded(is_cut ? http::Ending::kCut : http::Ending::kAborted);
}

void Http1Exchange::RespondError(int status, std::string_view text) {
  std::string body(text);
  body.push_back('\n');
  Respond({.status = status, .headers = "content-type: text/plain; charset=utf-8\r\n"}, body);
}

void Http1Exchange::StartBody(const http::ResponseHead& head, std::optional<uint64_t> length) {
  if (state_ != State::kWaiting) return;
  if (!TakesFields(head) || (!is_head_ && Refuses(length.value_or(0)))) [[unlikely]] {
    streams = false;
    return;
  }
  Framing framing{.kind = Framing::Kind::kChunked};
  if (length.has_value()) framing = {.kind = Framing::Kind::kLength, .length = *length};
  WriteHead(head, framing);
  state_ = State::kStreaming;
  connection_.FlushSoon();
}

void Http1Exchange::WritePart(std::string_view part) {
  net::Output& output = connection_.output();
  const bool chunked = framing_.kind == Framing::Kind::kChunked;
  begun_ = 0;
  if (chunked) AppendChunkBegin(output.buffer(), part.size());
  if (part.size() <= kCopyLimit) {
    output.buffer().append(part);
  } else {
    output.FlushWith(part);
    connection_.CountKept();
  }
  if (chunked) AppendChunkEnd(output.buffer());
}

bool Http1Exchange::WriteBody(std::string_view part) {
  if (state_ != State::kStreaming || part.empty()) return true;
  if (framing_.kind == Framing::Kind::kLength) {
    // What exceeds the length that was announced would be taken for the next response.
    part = part.substr(
        0, static_cast<size_t>(std::min<uint64_t>(part.size(), framing_.length - sent)));
  }
  if (!discards_body_ && Refuses(sent + part.size())) [[unlikely]] {
    return false;
  }
  sent += part.size();
  if (discards_body_ || part.empty()) return true;
  WritePart(part);
  return GoesOn(part.size());
}

// When so many bytes were written.
bool Http1Exchange::GoesOn(size_t size) {
  connection_.FlushSoon();
  wants_drain_ = connection_.congested() || connection_.TakesTurn(size);
  return !wants_drain_;
}

// One pipe or file waits at a time: a client that does not take it has enough.
bool Http1Exchange::TakesPiped() const {
  return state_ == State::kStreaming && !discards_body_ &&
         framing_.kind != Framing::Kind::kChunked && connection_.MovesOutput();
}

bool Http1Exchange::WritePiped(net::Pipe& part) {
  if (state_ != State::kStreaming) return true;
  const size_t size = part.held();
  if (Refuses(sent + size)) [[unlikely]] {
    return false;
  }
  sent += size;
  NANO_CHECK(framing_.kind != Framing::Kind::kLength || sent <= framing_.length);
  connection_.output().FlushWith(part);
  return GoesOn(size);
}

bool Http1Exchange::TakesFile() const {
  return state_ == State::kStreaming && framing_.kind != Framing::Kind::kChunked &&
         !connection_.output().holds_part();
}

bool Http1Exchange::WriteFile(net::FilePart&& part) {
  if (state_ != State::kStreaming) return true;
  const size_t size = part.bytes.size();
  if (!discards_body_ && Refuses(sent + size)) [[unlikely]] {
    return false;
  }
  sent += size;
  NANO_CHECK(framing_.kind != Framing::Kind::kLength || sent <= framing_.length);
  if (discards_body_) return true;
  connection_.output().FlushWith(std::move(part));
  return GoesOn(size);
}

void Http1Exchange::EndBody() {
  if (state_ != State::kStreaming || refused) return;
  begun_ = 0;
  const bool is_cut =
      !discards_body_ && framing_.kind == Framing::Kind::kLength && sent < framing_.length;
  if (!discards_body_ && framing_.kind == Framing::Kind::kChunked) {
    AppendLastChunk(connection_.output().buffer());
  }
  End(is_cut ? http::Ending::kCut : http::Ending::kWhole);
  if (is_cut) {
    connection_.Cut(/*reset=*/false);
  } else {
    connection_.OnExchangeEnded();
  }
}

void Http1Exchange::Fail() {
  if (refused) return;
  response_limit = 0;
  if (state_ == State::kWaiting) {
    RespondError(500, "Internal Server Error");
  } else if (state_ == State::kStreaming) {
    // Whoever answers fails because its request did.
    if (refusal == nullptr) refusal = connection_.body_refusal();
    End(http::Ending::kCut);
    // Where the end of the connection is the end of the body, only a reset tells it from success.
    connection_.Cut(framing_.kind == Framing::Kind::kUntilClose);
  }
}

bool Http1Exchange::Depart(http::Left&& left) {
  if (state_ != State::kWaiting || !connection_.Depart(std::move(left))) return false;
  state_ = State::kEnded;
  if (recorder != nullptr) recorder->OnLeft(*this);
  return true;
}

bool Http1Exchange::Probe() {
  std::string& out = connection_.output().buffer();
  if (state_ == State::kWaiting) {
    if (begun_ == kStatusLineBegin.size()) return false;
    out.push_back(kStatusLineBegin[begun_++]);
    return true;
  }
  if (state_ == State::kStreaming && framing_.kind == Framing::Kind::kChunked && begun_ == 0 &&
      !discards_body_) {
    out.push_back(kChunkLeadingZero);
    begun_ = 1;
    return true;
  }
  return false;
}

void Http1Exchange::LimitBody(uint64_t bytes) { connection_.LimitBody(bytes); }

std::string_view Http1Exchange::peer() { return connection_.peer(); }

std::string_view Http1Exchange::scheme() const { return connection_.scheme(); }

size_t Http1Exchange::TakeBegun() { return std::exchange(begun_, 0); }

bool Http1Exchange::TakeWantsDrain() { return std::exchange(wants_drain_, false); }

}  // namespace nano::http1

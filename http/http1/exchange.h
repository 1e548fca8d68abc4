// The server's http::ServerExchange: turns what the handler answers into bytes on its connection.
// Holds the state of the response; that of the request's body is the connection's.
//
// Owned by its connection, made anew in place for each request. Thread: the loop's own.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/handler.h"
#include "http/http1/parser.h"
#include "http/http1/response_writer.h"

namespace nano::http1 {

class Connection;

class Http1Exchange final : public http::ServerExchange {
 public:
  Http1Exchange(Connection& connection, const ParsedHead& head)
      : connection_(connection),
        is_head_(head.is_head),
        http10_(head.http10),
        client_keeps_alive_(head.keep_alive),
        head_bytes_(head.target.size() + head.headers.size()) {
    if (head.has_body && !head.chunked) body_length_ = head.content_length;
  }

  // http::Exchange
  std::optional<uint64_t> body_length() const override { return body_length_; }
  void ReadBody(bool whole) override;
  void Respond(const http::ResponseHead& head, std::string_view body) override;
  void StartBody(const http::ResponseHead& head, std::optional<uint64_t> length) override;
  bool WriteBody(std::string_view part) override;
  bool TakesPiped() const override;
  bool WritePiped(net::Pipe& part) override;
  bool TakesFile() const override;
  bool WriteFile(net::FilePart&& part) override;
  void EndBody() override;
  void Fail() override;
  // http::ServerExchange
  std::string_view peer() override;
  std::string_view protocol() const override { return http10_ ? "HTTP/1.0" : "HTTP/1.1"; }
  std::string_view scheme() const override;
  void RespondError(int status, std::string_view text) override;
  bool Depart(http::Left&& left) override;
  void LimitBody(uint64_t bytes) override;

  // For the connection.
  bool active() const { return state_ != State::kEnded; }
  bool response_started() const { return state_ != State::kWaiting; }
  bool client_keeps_alive() const { return client_keeps_alive_; }
  // Sends a byte of what has to come next anyway, which a client that has closed answers by a
  // reset: of the status line, or a leading zero of the next chunk's size. False if nothing of what
  // comes is known, or this has been asked as often as it can be.
  bool Probe();
  // Bytes that Probe has sent of what comes next.
  size_t begun() const { return begun_; }
  // The same, for the writer of what comes next, which leaves them out.
  size_t TakeBegun();
  // Grows with everything that is sent of the response.
  uint64_t progress() const { return response_started() ? 1 + sent : 0; }
  bool wants_drain() const { return wants_drain_; }
  // True once after WriteBody returned false.
  bool TakeWantsDrain();
  // It has ended, and nobody was told: some of it is not sent.
  bool untold() const { return untold_; }
  // What somebody may remember of it until it is told.
  size_t head_bytes() const { return head_bytes_; }
  // Its last byte among all that the connection sends, of one that has ended.
  uint64_t end() const { return end_; }
  void TellSent() {
    untold_ = false;
    TellEnded(ending_);
  }
  // The connection answers in the place of who should have, which is not listened to any more: with
  // `status`, for `why`, as Exchange::refusal.
  void TakeOver(int answer, const char* why);
  // That answer is complete, with so many bytes of a body.
  void EndTakenOver(size_t size);
  // Ends the exchange from the connection's side, `unsent` bytes of which nobody takes any more;
  // or what is left of it, if it has ended and is not sent. `why`: as Exchange::refusal, if that is
  // not the client's doing.
  void Abandon(uint64_t unsent, const char* why = nullptr);

 private:
  enum class State : uint8_t { kWaiting, kStreaming, kEnded };

  void End(http::Ending ending);
  bool TakesFields(const http::ResponseHead& head);
  bool HasRoom(size_t size);
  void WriteHead(http::ResponseHead head, Framing framing);
  void WritePart(std::string_view part);
  bool GoesOn(size_t size);

  Connection& connection_;
  State state_ = State::kWaiting;
  bool is_head_;
  bool http10_;
  bool client_keeps_alive_;
  size_t head_bytes_;
  bool discards_body_ = false;  // HEAD, 204, 304.
  bool wants_drain_ = false;
  bool untold_ = false;
  http::Ending ending_ = http::Ending::kWhole;
  uint64_t end_ = 0;
  size_t begun_ = 0;
  Framing framing_;
  std::optional<uint64_t> body_length_;  // Of the request's.
};

}  // namespace nano::http1

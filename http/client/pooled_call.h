// One call to a server: a request and its response, over whatever connection the pool gives it.
// Limits its time, keeps what of the response nobody has asked for yet (and stops reading at 256
// KiB of it), and asks anew, once, when a connection that had been used before turns out to be
// dead.
//
// Owned by the caller; destroying it ends the call. Thread: the loop's own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/call.h"
#include "http/client/route.h"
#include "http/http1/client_connection.h"
#include "net/timeouts.h"

namespace nano::http {

class Pool;

class PooledCall final : public Call, private http1::ClientConnection::User {
 public:
  PooledCall(Pool& pool, Route route, const CallRequest& request, Caller& caller);
  ~PooledCall() override;
  PooledCall(const PooledCall&) = delete;
  PooledCall& operator=(const PooledCall&) = delete;

  // Call
  bool Write(std::string_view part) override;
  void EndRequest() override;
  void Read() override { Ask(false); }
  void ReadPiped() override { Ask(true); }
  bool AtEnd() const override { return state_ == State::kComplete && parked_.empty(); }

  const Route& route() const { return route_; }
  // It is asked again, and needs a connection that nobody has used.
  bool retried() const { return retried_; }

  // --- For the pool. ---
  // A connection to use; `used`: it has served another call.
  void OnConnection(http1::ClientConnection& connection, bool used);
  void OnNoConnection(const Failure& failure);

 private:
  enum class State : uint8_t {
    kWaiting,    // For a connection.
    kAsking,     // Sending, and no head has come.
    kReceiving,  // The head has come, and not all of the body.
    kComplete,   // All has come; maybe not all is read.
    kOver,       // Told by OnEnd or OnFailed.
  };

  static constexpr size_t kCopied = 4 * 1024;    // A request's body, to send it with others.
  static constexpr size_t kParked = 256 * 1024;  // Of a body that nobody has asked for.

  // The proxy itself is asked, for the whole URL.
  bool asks_proxy() const { return route_.proxy != nullptr && !route_.tunnels(); }
  void SendRequest();
  void Ask(bool piped);
  void Send(std::string_view part);
  void OnTimeout(net::Timeout& timeout);
  void Deliver();
  void TellHead();
  void Fail(const Failure& failure);
  void Complete();
  void LetGo(bool reuse);
  bool Retry();

  // http1::ClientConnection::User
  void OnReady() override {}
  bool HasTurn() override { return caller_.HasTurn(); }
  bool TakesMore() override;
  void OnHead(const http1::ParsedResponse& head) override;
  void OnBody(std::string_view part) override;
  bool TakesPiped() override { return wanted_ && piped_; }
  void OnPiped(net::Pipe& part) override;
  void OnPaused() override;
  void OnResponseEnd() override;
  void OnEnded(const http1::ClientConnection::Ending& ending) override;
  void OnDrained() override;
  void OnProgress() override;

  Pool& pool_;
  const Route route_;
  Caller& caller_;
  State state_ = State::kWaiting;

  // The request, kept for as long as it may have to be sent again.
  std::string head_;  // From the pool of buffers.
  std::string body_;
  bool is_head_ = false;  // By its method.
  CallRequest::Body body_kind_;
  bool chunked_ = false;
  bool request_done_ = false;  // All of it was handed to the connection.
  bool stream_begun_ = false;  // A part of it cannot be had again.
  bool used_connection_ = false;
  bool retried_ = false;

  http1::ClientConnection* connection_ = nullptr;
  // The stream waits for OnDrained since there was no connection; also if the one that there was
  // since has turned out to be dead before it told.
  bool held_back_ = false;
  // Parts that came while there was none again.
  std::string early_;
  bool early_end_ = false;
  bool wanted_ = false;                 // Read was called and not answered …
  bool piped_ = false;                  // … or ReadPiped.
  bool read_ = false;                   // It was called ever.
  std::optional<uint64_t> length_;      // Of the response's body.
  std::optional<uint64_t> keep_alive_;  // The server's time for the connection, in milliseconds.
  // A head that came with the beginning of its body: it is told when what has come of that is there
  // too, which spares the caller a turn if that is all of it.
  struct Head {
    int status;
    bool coded;
    size_t status_text_size;
    std::string text;  // The status text, and the fields behind it; from the pool of buffers.
  };
  std::optional<Head> head_to_tell_;
  std::string parked_;         // Of the body.
  net::Timeout wait_timeout_;  // Connecting, the first byte, or between bytes.
  net::Timeout total_timeout_;
  std::optional<Failure> failure_;  // To be told when what was parked is read.
};

}  // namespace nano::http

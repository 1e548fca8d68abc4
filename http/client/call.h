// One call to a server: a request and its response, over whatever connection the pool gives it.
// Limits its time, keeps what of the response nobody has asked for yet (and stops reading at 256
// KiB of it), and asks anew, once, when a connection that had been used before turns out to be
// dead.
//
// Owned by the caller; destroying it ends the call. Thread: the loop's own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/client/failure.h"
#include "http/client/route.h"
#include "http/http1/client_connection.h"
#include "net/timeouts.h"

namespace nano::http {

class Pool;

// What is to be asked. The views are copied.
struct CallRequest {
  std::string_view method;
  std::string_view authority;  // The value of Host.
  std::string_view target;     // Origin form: "/users?x=1".
  // In wire format, "name: value\r\n" repeated: no Host, nothing that frames the body or speaks of
  // the connection.
  std::string_view headers;
  enum class Body : uint8_t { kNone, kWhole, kStream };
  Body body_kind = Body::kNone;
  std::string_view body;           // kWhole.
  std::optional<uint64_t> length;  // kStream, if it is known.
};

// The head of a response, final ones only. The views die with the call that brings it.
struct CallResponse {
  int status = 0;
  std::string_view status_text;
  std::string_view headers;  // "name\nvalue\n" pairs in order of arrival; names in lower case.
  bool has_body = false;
  std::optional<uint64_t> length;  // Of the body, as it comes.
};

class Call final : private http1::ClientConnection::User {
 public:
  // Who made the call. Told from the loop, or from Read; each may destroy the call.
  class Caller {
   public:
    virtual void OnHead(const CallResponse& response) = 0;
    // These three answer Read: a part, whose view dies with the call; the end, when all of the body
    // has been read; what has cut it short, when all that had come is read.
    virtual void OnBody(std::string_view part) = 0;
    virtual void OnEnd() = 0;
    // Comes also before the head, and then unasked.
    virtual void OnFailed(const Failure& failure) = 0;
    // The request's stream may go on, after Write has returned false.
    virtual void OnDrained() = 0;

   protected:
    ~Caller() = default;
  };

  Call(Pool& pool, Route route, const CallRequest& request, Caller& caller);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Whether a part of the request's stream can be taken; if not, OnDrained comes when it can.
  bool Ready() { return Write({}); }
  // A part of the stream, when Ready; false: more is queued than the server reads, wait for
  // OnDrained. Goes nowhere if the response is complete already.
  bool Write(std::string_view part);
  // The stream's end.
  void EndRequest();

  // Asks for a part of the body: OnBody, OnEnd or OnFailed comes, maybe before this returns.
  void Read();

  const Route& route() const { return route_; }

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

  static constexpr size_t kParked = 256 * 1024;  // Of a body that nobody asks for.

  void Ask();
  void OnTimeout(net::Timeout& timeout);
  void Deliver();
  void Fail(const Failure& failure);
  void LetGo(bool reuse);
  bool Retry();

  // http1::ClientConnection::User
  void OnReady() override {}
  void OnHead(const http1::ParsedResponse& head) override;
  void OnBody(std::string_view part) override;
  void OnResponseEnd() override;
  void OnEnded(const http1::ClientConnection::Ending& ending) override;
  void OnDrained() override;
  void OnProgress() override;

  Pool& pool_;
  const Route route_;
  Caller& caller_;
  State state_ = State::kWaiting;

  // The request, kept for as long as it may have to be sent again.
  std::string method_, head_;
  std::string body_;
  CallRequest::Body body_kind_;
  bool chunked_ = false;
  bool request_done_ = false;  // All of it was handed to the connection.
  bool stream_begun_ = false;  // A part of it cannot be had again.
  bool used_connection_ = false;
  bool retried_ = false;

  http1::ClientConnection* connection_ = nullptr;
  bool held_back_ = false;  // The stream waits for OnDrained since there was no connection.
  bool wanted_ = false;     // Read was called and not answered.
  std::optional<uint64_t> keep_alive_;  // The server's time for the connection, in milliseconds.
  std::string parked_;                  // Of the body.
  net::Timeout wait_timeout_;           // Connecting, the first byte, or between bytes.
  net::Timeout total_timeout_;
  std::optional<Failure> failure_;  // To be told when what was parked is read.
};

}  // namespace nano::http

// Where complete request heads go, and what answers them: the boundary between HTTP and whatever
// runs the apps. The HTTP layer implements ServerExchange; the worker implements Handler, which
// finds who answers a request, and its apps implement Responder.
//
// Rules all sides rely on:
//
// - One exchange at a time on a connection; the next request comes when it has ended.
//
// - Handlers and responders are called from the event loop only, never from inside a method of an
//   exchange. What a call causes (a body part, an abort) comes later, when the loop is back in
//   control.
//
// - Every method of an exchange may be called inside OnRequest or at any time after it. An exchange
//   ends by Respond, RespondError, EndBody or Fail, or by OnAborted; then the responder forgets it.
//   Calls on an exchange that has ended are ignored while the object lives.
//
// Thread: the loop's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "http/departure.h"
#include "http/exchange.h"
#include "http/visitor.h"

namespace nano::http {

class Responder;

// What a client was too slow with, as the bound that it missed (http/limits.h).
enum class SlowWith : uint8_t {
  kHead,      // header_timeout.
  kBody,      // body_timeout, in which min_receive_rate holds.
  kResponse,  // write_timeout, in which min_send_rate does.
  kKept,      // It was among the slowest when buffer_bytes were used up.
};
inline constexpr size_t kSlowWiths = 4;
// The keys of `server.limits` that say how slow is too slow.
inline constexpr const char* kSlowNames[kSlowWiths] = {"header_timeout", "body_timeout",
                                                       "write_timeout", "buffer_bytes"};

// What the server does not let a client get away with.
struct ProtocolError {
  int status = 0;           // What it is answered; 0: nothing, its connection is cut.
  std::string_view reason;  // For people.
  std::string_view peer;    // As ServerExchange::client has it, where there is one.
  // Why, as Exchange::refusal, of a request whose body could not be had, or of a connection that is
  // cut for its slow client.
  const char* with = nullptr;
  // One that the handler was given: of a request that is answered in its place, or whose response
  // is cut, if there is one.
  Exchange* exchange = nullptr;
  // Of a connection that is cut: how many bytes of that response's body were sent, and how many
  // bytes the connection has still to send, heads and the answers behind it included.
  uint64_t sent = 0;
  uint64_t unsent = 0;
};

class ServerExchange : public Exchange {
 public:
  // The client's address without the port, "127.0.0.1" or "::1"; of a Unix socket "unix:1000", with
  // the client's user. Empty when it is gone already.
  virtual std::string_view peer() = 0;

  // The address of whoever has asked: of the client behind proxies that are trusted, if it is
  // known, else the peer's.
  std::string_view client() {
    return visitor == nullptr || visitor->address.empty() ? peer() : visitor->address;
  }

  // As the request line of the client has it.
  virtual std::string_view protocol() const { return "HTTP/1.1"; }
  // Of URLs at the endpoint that it came to, "http" or "https"; static text.
  virtual std::string_view scheme() const { return "http"; }

  // The server's own answer: `status` with `text` and a line feed as its plain-text body. Ends the
  // exchange; the connection stays usable.
  virtual void RespondError(int status, std::string_view text) = 0;

  // Inside OnRequest: has the connection leave this process, with this request, as soon as all
  // answers before it are sent. Ends the exchange; `left` is called later, or never if the client
  // goes away meanwhile. False: it cannot leave, or has come back, and is to be answered here.
  virtual bool Depart(Left&& /*left*/) { return false; }

  // Of the request's body, no more than so many bytes are taken; 0: no bound. Before it is read.
  virtual void LimitBody(uint64_t /*bytes*/) {}

  // Who is told of all that follows the request. Set by the handler, unless the exchange has ended
  // when OnRequest returns. Outlives the exchange.
  Responder* responder = nullptr;

  // Who has sent the request, if that is not its peer; set by the handler, before it is answered.
  std::unique_ptr<const Visitor> visitor;
};

// Who answers an exchange.
class Responder {
 public:
  // Whether there is time for news of this exchange in the loop's turn. False: the same is asked in
  // the next one, and the client is not waited for meanwhile. Asked before OnBody, OnDrain and
  // OnAborted that come of what the system has told.
  virtual bool HasTurn(const ServerExchange& /*exchange*/) { return true; }

  // What ReadBody asked for. `part` is valid during the call.
  virtual void OnBody(ServerExchange& exchange, std::string_view part, bool last) = 0;

  // In place of OnBody, after the response has begun: the body broke off or is malformed or too
  // large. (Before that, the client gets 400, 408 or 413 and the exchange ends by OnAborted.)
  virtual void OnBodyError(ServerExchange& exchange, std::string_view reason) = 0;

  // The same of one that is longer than LimitBody said, or for which there is no room: `reason`
  // says so. Answers the exchange, if its response has not begun; or returns false, and the client
  // is answered as it is where nobody is told.
  virtual bool OnBodyRefused(ServerExchange& /*exchange*/, const Obstacle& /*obstacle*/,
                             std::string_view /*reason*/) {
    return false;
  }

  // WriteBody returned false; since then the client has taken what was queued, and other
  // connections had their turn.
  virtual void OnDrain(ServerExchange& exchange) = 0;

  // The exchange ended without the responder: the client went away or broke the protocol.
  virtual void OnAborted(ServerExchange& exchange) = 0;

 protected:
  ~Responder() = default;
};

// Who finds a responder for each request.
class Handler {
 public:
  virtual ~Handler() = default;

  // A request. The head's views are valid during the call; the exchange until it has ended.
  virtual void OnRequest(ServerExchange& exchange, const RequestHead& head) = 0;

  // A client was answered with an error that no request reached the handler for, or, if there was
  // one, because its body broke the rules; or its connection is cut. For the log.
  virtual void OnProtocolError(const ProtocolError& error) = 0;

  // A client was cut, or answered with 408, for that; its protocol error comes as well, unless its
  // response goes on. To be counted.
  virtual void OnSlowClient(SlowWith /*with*/) {}

  // A request about the server itself (OPTIONS *), which is answered as soon as this returns. For
  // the log.
  virtual void OnServerRequest(ServerExchange& /*exchange*/, const RequestHead& /*head*/) {}
};

}  // namespace nano::http

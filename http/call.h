// A request that leaves, as who makes it sees it, and what is told of its answer. The client
// implements it on a connection (http/client/pooled_call.h), the server on another app.
//
// Ownership: who makes a call owns it; destroying it ends it, at any time, also from within what it
// tells. Thread: that of who makes it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/service_aim.h"

namespace nano::net {
class Pipe;
}

namespace nano::http {

// What is to be asked. The views are copied.
struct CallRequest {
  std::string_view scheme;     // "http" or "https".
  std::string_view authority;  // Host and, unless it is the scheme's, port: whom to ask.
  std::string_view host;       // The value of Host; empty: the authority.
  std::string_view method;
  std::string_view target;  // Origin form: "/users?x=1".
  // In wire format, "name: value\r\n" repeated: no Host, nothing that frames the body or speaks of
  // the connection.
  std::string_view headers;
  enum class Body : uint8_t { kNone, kWhole, kStream };
  Body body_kind = Body::kNone;
  std::string_view body;  // kWhole.
  // kStream, if it is known: so much is written before EndRequest, neither more nor less. What is
  // more would be the next request of its connection.
  std::optional<uint64_t> length;
  uint32_t depth = 0;           // Of the exchange (http/exchange.h) that it is made for …
  std::shared_ptr<void> tally;  // … and what counts the calls that it leads to, …
  uint32_t calls = 0;           // … which are so many, this one included.
  std::string_view request_id;  // What the log calls that exchange; empty: it is not known.
  // Of a call of another app, if it is for more than that app's `fetch`; else null.
  std::shared_ptr<const ServiceAim> aim;
  // Of a call of another app: what it is told of the client, as Visitor::cf.
  std::string_view cf;
};

// The head of a response, final ones only. The views die with the call that brings it.
struct CallResponse {
  int status = 0;
  std::string_view status_text;
  std::string_view headers;  // "name\nvalue\n" pairs in order of arrival; names in lower case.
  bool has_body = false;
  bool coded = false;              // It has a Content-Encoding.
  std::optional<uint64_t> length;  // Of the body, as it comes.
};

enum class FailureKind : uint8_t {
  kName,         // The host's name could not be looked up.
  kRefused,      // Nobody listens there.
  kUnreachable,  // No way there.
  kConnect,      // Connecting failed otherwise.
  kDenied,       // The tenant's policy does not allow it.
  kTls,          // The handshake failed, or the certificate was refused.
  kTimeout,      // One of the time limits; the code says which.
  kReset,        // The connection broke or ended before the response was complete.
  kProtocol,     // What came is no response.
  kProxy,        // The proxy did not let it through.
  kLimit,        // One of the tenant's own limits.
};

// Why a call came to nothing.
struct Failure {
  FailureKind kind = FailureKind::kConnect;
  // The same for the same cause, as the habits of Node.js have it: "ECONNREFUSED", "ENOTFOUND",
  // "CERT_HAS_EXPIRED".
  std::string code;
  std::string message;  // What happened, without the host.
};

// Who makes a call. Told from the loop, or from within Call::Read; never before the call was
// handed over.
class Caller {
 public:
  // Whether there is time for news of the call in the loop's turn. False: the same is asked in the
  // next one, and the server is not waited for meanwhile.
  virtual bool HasTurn() { return true; }
  virtual void OnHead(const CallResponse& response) = 0;
  // These three answer Call::Read: a part, whose view dies with the call; the end, when all of the
  // body has been read; what has cut it short, when all that had come is read.
  virtual void OnBody(std::string_view part) = 0;
  // In place of OnBody, only in answer to Call::ReadPiped: a part that the system holds. What is
  // left in the pipe when this returns is lost, unless the pipe was taken.
  virtual void OnPiped(net::Pipe& /*part*/) {}
  virtual void OnEnd() = 0;
  // Comes also before the head, and then unasked.
  virtual void OnFailed(const Failure& failure) = 0;
  // The request's stream may go on, after Call::Write has returned false.
  virtual void OnDrained() = 0;

 protected:
  ~Caller() = default;
};

class Call {
 public:
  virtual ~Call() = default;

  // A part of the request's stream, when Ready; false: more is queued than is read, wait for
  // OnDrained. Goes nowhere if the response is complete already.
  virtual bool Write(std::string_view part) = 0;
  // Whether a part of the request's stream can be taken; if not, OnDrained comes when it can.
  bool Ready() { return Write({}); }
  // The stream's end.
  virtual void EndRequest() = 0;

  // Asks for a part of the body: OnBody, OnEnd or OnFailed comes, maybe before this returns.
  virtual void Read() = 0;
  // The same of who only passes the body on (Exchange::WritePiped): OnPiped may come in place of
  // OnBody, where the system can move the body without anybody looking at it.
  virtual void ReadPiped() { Read(); }
  // All of the body has been given, so that the end is what Read would tell: a caller who sees that
  // need not ask. May be false though it is so.
  virtual bool AtEnd() const { return false; }
};

}  // namespace nano::http

// One HTTP exchange as the runtime sees it: a request to read and a response to give. The server
// implements it on a connection; the compiler implements it for warm-up requests. It knows no
// sockets.
//
// Ownership: whoever calls AppIsolate::Dispatch owns the exchange and keeps it alive until the
// response is ended, or until it told the isolate that the client went away
// (AppIsolate::OnAborted). Thread: the isolate's own.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nano::runtime {

// The request line and header fields. Views are valid during Dispatch only.
struct RequestHead {
  std::string_view method;  // As received, e.g. "GET".
  std::string_view scheme;  // "http" or "https".
  std::string_view
      authority;            // Host and optional port, validated by the server: "a.localhost:8080".
  std::string_view target;  // Origin form: "/users/1?x=2".
  // All header fields, in order of arrival, as "name\nvalue\n" pairs: names in lower case, values
  // without surrounding white space. Neither can hold a line feed.
  std::string_view headers;
  bool has_body = false;
};

// Status line and header fields of a response, already validated by the Fetch classes.
struct ResponseHead {
  int status = 200;              // 200 to 599.
  std::string_view status_text;  // Empty: the server uses the standard phrase.
  // Wire format, Latin-1: "name: value\r\n" repeated. Never holds content-length, transfer-encoding
  // or keep-alive: framing is the server's. What the app may say in the server's place comes first,
  // so that whoever looks for it looks at the beginning only: "connection: close" if it wants the
  // connection to end, then its own "date", each at most once and spelled like this.
  std::string_view headers;
};

class Exchange {
 public:
  virtual ~Exchange() = default;

  // Asks for the request's body. Parts arrive by AppIsolate::OnBody: with `whole`, once, when all
  // of it is there; otherwise one part for each call. May call OnBody before it returns.
  virtual void ReadBody(bool whole) = 0;

  // Answers with a body that is known whole. Ends the exchange; the views are copied or sent at
  // once.
  virtual void Respond(const ResponseHead& head, std::string_view body) = 0;

  // Answers with a body that comes in parts. `length` frames it with content-length, else chunked.
  virtual void StartBody(const ResponseHead& head, std::optional<uint64_t> length) = 0;
  // Sends a part. False: more is queued than the peer reads; wait for AppIsolate::OnDrain.
  virtual bool WriteBody(std::string_view part) = 0;
  // Ends a body begun by StartBody, and the exchange with it.
  virtual void EndBody() = 0;

  // The app failed. Before a response has begun: 500, details only in the log. After: the
  // connection is cut, so that the client sees a truncated body as an error. Ends the exchange.
  virtual void Fail() = 0;

 private:
  friend class AppIsolate;
  uint32_t id_ = 0;  // The isolate's own handle of this exchange; 0 while it is not dispatched.
};

}  // namespace nano::runtime

// The heads of HTTP messages, whatever version of the protocol brings or takes them: the vocabulary
// of the server, the client and the runtime. Plain data; views are of somebody else's bytes.
// Thread: as any value type.
#pragma once

#include <string_view>

namespace nano::http {

// The request line and header fields. Views are valid during Dispatch only.
struct RequestHead {
  std::string_view method;  // As received, e.g. "GET".
  std::string_view scheme;  // "http" or "https".
  // Host and optional port, validated by the server: "a.localhost:8080".
  std::string_view authority;
  std::string_view target;  // Origin form: "/users/1?x=2".
  // All header fields, in order of arrival, as "name\nvalue\n" pairs: names in lower case, values
  // without surrounding white space. Neither can hold a line feed.
  std::string_view headers;
  bool has_body = false;
  // The trace that the client's request is part of, in those as well (http/trace_context.h); empty:
  // none.
  std::string_view traceparent;
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

}  // namespace nano::http

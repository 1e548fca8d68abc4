// Writes response heads (RFC 9112, sections 4 to 6): status line, Date, the app's header fields,
// and the fields that frame the body and the connection. Thread: the loop's own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/date_field.h"
#include "http/message.h"

namespace nano::http1 {

// How the end of a response's body is known.
struct Framing {
  enum class Kind {
    kNone,        // No body and no field about it: 204, 304.
    kLength,      // Content-Length.
    kChunked,     // Transfer-Encoding: chunked.
    kUntilClose,  // The connection's end, for HTTP/1.0.
  };
  Kind kind = Kind::kNone;
  uint64_t length = 0;  // kLength.
};

// What the response says about the connection.
enum class Persistence {
  kImplied,    // Nothing: it persists, as HTTP/1.1 has it.
  kKeepAlive,  // "connection: keep-alive", for HTTP/1.0.
  kClose,      // "connection: close".
};

// How every response begins, whatever it is.
inline constexpr std::string_view kStatusLineBegin = "HTTP/1.1 ";

// Takes an app's "connection: close" off its header fields; false if it did not say so.
bool TakeConnectionClose(std::string_view& headers);

// The app's own Date, which then begins the header fields, takes the place of the server's.
void AppendHead(std::string& out, const http::ResponseHead& head, Framing framing,
                Persistence persistence, http::DateField& date);

}  // namespace nano::http1

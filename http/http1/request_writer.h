// Writes request heads (RFC 9112, sections 3 to 6). Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nano::http1 {

// How a request's body is framed.
struct RequestFraming {
  enum class Kind : uint8_t {
    kNone,     // No body, and no field about it.
    kLength,   // Content-Length.
    kChunked,  // Transfer-Encoding: chunked.
  };
  Kind kind = Kind::kNone;
  uint64_t length = 0;  // kLength.
};

struct RequestLine {
  std::string_view method;
  // What stands before the target when a proxy is asked: "http://a.test:8080"; else empty.
  std::string_view origin;
  std::string_view target;     // Origin form.
  std::string_view authority;  // The value of Host.
};

// `headers` is in wire format, "name: value\r\n" repeated, without Host and whatever frames the
// body or speaks of the connection.
void AppendRequestHead(std::string& out, const RequestLine& line, std::string_view headers,
                       RequestFraming framing);

}  // namespace nano::http1

// The request line and Host first, as RFC 9110, section 7.2, wants it.
#include "http/http1/request_writer.h"

#include "http/http1/append.h"
#include "http/http1/chunked.h"
#include "http/http1/number.h"

namespace nano::http1 {

void AppendRequestHead(std::string& out, const RequestLine& line, std::string_view headers,
                       RequestFraming framing) {
  Append(out, line.method, " ", line.origin, line.target, " HTTP/1.1\r\nhost: ", line.authority,
         "\r\n", headers);
  switch (framing.kind) {
    case RequestFraming::Kind::kNone:
      break;
    case RequestFraming::Kind::kLength:
      out.append("content-length: ");
      AppendNumber(out, framing.length, 10);
      out.append("\r\n");
      break;
    case RequestFraming::Kind::kChunked:
      out.append(kChunkedField);
      break;
  }
  out.append("\r\n");
}

}  // namespace nano::http1

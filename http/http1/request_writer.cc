// The request line and Host first, as RFC 9110, section 7.2, wants it.
#include "http/http1/request_writer.h"

#include <charconv>

namespace nano::http1 {

void AppendRequestHead(std::string& out, const RequestLine& line, std::string_view headers,
                       RequestFraming framing) {
  out.append(line.method).append(" ").append(line.origin).append(line.target);
  out.append(" HTTP/1.1\r\nhost: ").append(line.authority).append("\r\n").append(headers);
  switch (framing.kind) {
    case RequestFraming::Kind::kNone:
      break;
    case RequestFraming::Kind::kLength: {
      char digits[20];
      const char* end = std::to_chars(digits, digits + sizeof digits, framing.length).ptr;
      const std::string_view length(digits, static_cast<size_t>(end - digits));
      out.append("content-length: ").append(length).append("\r\n");
      break;
    }
    case RequestFraming::Kind::kChunked:
      out.append("transfer-encoding: chunked\r\n");
      break;
  }
  out.append("\r\n");
}

}  // namespace nano::http1

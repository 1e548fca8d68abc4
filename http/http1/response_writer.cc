// Heads, put together by appending.
#include "http/http1/response_writer.h"

#include "http/http1/append.h"
#include "http/http1/chunked.h"
#include "http/http1/number.h"
#include "http/status.h"

namespace nano::http1 {
bool TakeConnectionClose(std::string_view& headers) {
  constexpr std::string_view kField = "connection: close\r\n";
  if (!headers.starts_with(kField)) return false;
  headers.remove_prefix(kField.size());
  return true;
}

void AppendHead(std::string& out, const http::ResponseHead& head, Framing framing,
                Persistence persistence, http::DateField& date) {
  // RFC 9112, section 2.3: the version is the server's own, also in answers to HTTP/1.0.
  out.append(kStatusLineBegin);
  AppendNumber(out, static_cast<uint64_t>(head.status), 10);
  // The space is demanded even before an empty phrase.
  Append(out, " ", head.status_text.empty() ? http::StatusPhrase(head.status) : head.status_text,
         "\r\n", head.headers.starts_with("date: ") ? std::string_view() : date.Get(),
         head.headers);
  switch (framing.kind) {
    case Framing::Kind::kLength:
      out.append("content-length: ");
      AppendNumber(out, framing.length, 10);
      out.append("\r\n");
      break;
    case Framing::Kind::kChunked:
      out.append(kChunkedField);
      break;
    case Framing::Kind::kNone:
    case Framing::Kind::kUntilClose:
      break;
  }
  switch (persistence) {
    case Persistence::kImplied:
      break;
    case Persistence::kKeepAlive:
      out.append("connection: keep-alive\r\n");
      break;
    case Persistence::kClose:
      out.append("connection: close\r\n");
      break;
  }
  out.append("\r\n");
}

}  // namespace nano::http1

// See response_writer.h.
#include "http/http1/response_writer.h"

#include <charconv>
#include <cstdio>

namespace nano::http1 {
namespace {

void AppendNumber(std::string& out, uint64_t number, int base) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, base).ptr;
  out.append(digits, static_cast<size_t>(end - digits));
}

}  // namespace

std::string_view DateField::Get() {
  const time_t now = time(nullptr);
  if (now != second_) {
    static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    tm utc;
    gmtime_r(&now, &utc);
    // Not strftime: its names follow the locale.
    const int size = std::snprintf(
        text_, sizeof text_, "date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", kDays[utc.tm_wday],
        utc.tm_mday, kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
    size_ = size > 0 && static_cast<size_t>(size) < sizeof text_ ? static_cast<size_t>(size) : 0;
    second_ = now;
  }
  return {text_, size_};
}

// The IANA registry of HTTP status codes.
std::string_view StatusPhrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 102:
      return "Processing";
    case 103:
      return "Early Hints";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 203:
      return "Non-Authoritative Information";
    case 204:
      return "No Content";
    case 205:
      return "Reset Content";
    case 206:
      return "Partial Content";
    case 207:
      return "Multi-Status";
    case 208:
      return "Already Reported";
    case 226:
      return "IM Used";
    case 300:
      return "Multiple Choices";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 305:
      return "Use Proxy";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 407:
      return "Proxy Authentication Required";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 423:
      return "Locked";
    case 424:
      return "Failed Dependency";
    case 425:
      return "Too Early";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 451:
      return "Unavailable For Legal Reasons";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 506:
      return "Variant Also Negotiates";
    case 507:
      return "Insufficient Storage";
    case 508:
      return "Loop Detected";
    case 511:
      return "Network Authentication Required";
    default:
      return {};
  }
}

bool TakeConnectionClose(std::string_view& headers) {
  constexpr std::string_view kField = "connection: close\r\n";
  if (!headers.starts_with(kField)) return false;
  headers.remove_prefix(kField.size());
  return true;
}

void AppendHead(std::string& out, const http::ResponseHead& head, Framing framing,
                Persistence persistence, DateField& date) {
  // RFC 9112, section 2.3: the version is the server's own, also in answers to HTTP/1.0.
  out.append(kStatusLineBegin);
  AppendNumber(out, static_cast<uint64_t>(head.status), 10);
  out.push_back(' ');  // Demanded even before an empty phrase.
  out.append(head.status_text.empty() ? StatusPhrase(head.status) : head.status_text);
  out.append("\r\n");
  if (!head.headers.starts_with("date: ")) out.append(date.Get());
  out.append(head.headers);
  switch (framing.kind) {
    case Framing::Kind::kLength:
      out.append("content-length: ");
      AppendNumber(out, framing.length, 10);
      out.append("\r\n");
      break;
    case Framing::Kind::kChunked:
      out.append("transfer-encoding: chunked\r\n");
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

void AppendChunkSize(std::string& out, size_t size) {
  AppendNumber(out, size, 16);
  out.append("\r\n");
}

}  // namespace nano::http1

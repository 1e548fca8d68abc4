// Targets and header fields, taken apart.
#include "server/admin/request.h"

#include <algorithm>

#include "base/lines.h"

namespace nano::server::admin {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// RFC 3986, section 2.1; in a query, "+" is a space as forms have it. None: malformed, or a control
// character, which no name here has.
std::optional<std::string> Decode(std::string_view text, bool query) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && query) {
      c = ' ';
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return std::nullopt;
    out += c;
  }
  return out;
}

// The text up to a separator, which is taken off with it.
std::string_view TakeUpTo(std::string_view& text, char separator) {
  const size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return part;
}

}  // namespace

Result<Request> Request::Of(http::ServerExchange& exchange, const http::RequestHead& head) {
  const Error malformed{"the path or the query is malformed", "", ""};
  Request request;
  request.method = head.method;
  request.target = head.target;
  request.authority = head.authority;
  request.peer = exchange.peer();
  request.has_body = head.has_body;
  request.body_length = exchange.body_length();
  std::string_view query = head.target;
  std::string_view path = TakeUpTo(query, '?');
  if (!path.starts_with('/')) return malformed;
  // A segment for each slash; the last one may be empty.
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    std::optional<std::string> segment = Decode(path.substr(0, path.find('/')), false);
    if (!segment.has_value()) return malformed;
    request.segments.push_back(*std::move(segment));
    path.remove_prefix(std::min(path.find('/'), path.size()));
  }
  while (!query.empty()) {
    std::string_view value = TakeUpTo(query, '&');
    std::optional<std::string> name = Decode(TakeUpTo(value, '='), true);
    std::optional<std::string> decoded = Decode(value, true);
    if (!name.has_value() || !decoded.has_value()) return malformed;
    request.query_.emplace_back(*std::move(name), *std::move(decoded));
  }
  for (std::string_view rest = head.headers; !rest.empty();) {
    const std::string_view name = TakeLine(rest);
    request.fields_.emplace_back(name, TakeLine(rest));
  }
  return request;
}

std::optional<std::string> Request::Field(std::string_view name) const {
  std::optional<std::string> all;
  for (const auto& [known, value] : fields_) {
    if (known != name) continue;
    all = all.has_value() ? *all + ", " + value : value;
  }
  return all;
}

std::optional<std::string> Request::Query(std::string_view name) const {
  for (const auto& [known, value] : query_) {
    if (known == name) return value;
  }
  return std::nullopt;
}

}  // namespace nano::server::admin

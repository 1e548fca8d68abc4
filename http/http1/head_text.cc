// The parser's way backwards. See head_text.h.
#include "http/http1/head_text.h"

namespace nano::http1 {
namespace {

// Of "name\nvalue\n" pairs; empty if it is not there.
std::string_view HostOf(std::string_view headers) {
  constexpr std::string_view kName = "host\n";
  while (!headers.empty()) {
    const size_t value = headers.find('\n') + 1;
    const size_t end = headers.find('\n', value);
    if (headers.substr(0, value) == kName) return headers.substr(value, end - value);
    headers.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace

void AppendRequestHead(std::string& out, const ParsedHead& head) {
  out.append(head.method).push_back(' ');
  std::string_view target = head.target;
  // Only a target in absolute form names a host that Host does not.
  if (head.authority != HostOf(head.headers)) {
    out.append("http://").append(head.authority);
    // It may have had no path, and the parser has given it one.
    if (target == "/" || target.starts_with("/?")) target.remove_prefix(1);
  }
  out.append(target).append(head.http10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
  for (std::string_view rest = head.headers; !rest.empty();) {
    const size_t value = rest.find('\n') + 1;
    const size_t end = rest.find('\n', value);
    out.append(rest.substr(0, value - 1)).push_back(':');
    out.append(rest.substr(value, end - value)).append("\r\n");
    rest.remove_prefix(end + 1);
  }
  out.append("\r\n");
}

}  // namespace nano::http1

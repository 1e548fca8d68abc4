// The parser's way backwards. See head_text.h.
#include "http/http1/head_text.h"

#include "http/fields.h"

namespace nano::http1 {
void AppendRequestHead(std::string& out, const ParsedHead& head) {
  out.append(head.method).push_back(' ');
  std::string_view target = head.target;
  // Only a target in absolute form names a host that Host does not.
  if (head.authority != http::FieldValue(head.headers, "host").value_or("")) {
    out.append("http://").append(head.authority);
    // It may have had no path, and the parser has given it one.
    if (target == "/" || target.starts_with("/?")) target.remove_prefix(1);
  }
  out.append(target).append(head.http10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
  std::string_view rest = head.headers;
  while (const auto field = http::TakeField(rest)) {
    out.append(field->name).push_back(':');
    out.append(field->value).append("\r\n");
  }
  out.append("\r\n");
}

}  // namespace nano::http1

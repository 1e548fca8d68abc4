// JSON string escapes.
#include "base/json_text.h"

#include <cstdint>

#include "base/utf8.h"

namespace nano {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

bool IsPlain(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\';
}

void AppendAscii(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHexDigits[c >> 4];
      out += kHexDigits[c & 0xF];
  }
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  out.reserve(out.size() + text.size() + 2);
  out += '"';
  for (size_t position = 0; position < text.size();) {
    const size_t start = position;
    while (position < text.size() && IsPlain(text[position])) ++position;
    out.append(text, start, position - start);
    if (position == text.size()) break;
    const char32_t code_point = NextCodePoint(text, position);
    if (code_point < 0x80) {
      AppendAscii(out, static_cast<char>(code_point));
    } else if (code_point == 0x2028 || code_point == 0x2029) {
      out += code_point == 0x2028 ? "\\u2028" : "\\u2029";
    } else {
      AppendUtf8(out, code_point);
    }
  }
  out += '"';
}

}  // namespace nano

// The path state of the URL Standard (section 4.4) for special URLs, and encodeURIComponent
// (ECMA-262, section 19.2.6.4).
#include "assets/asset_path.h"

#include <array>
#include <cstdint>
#include <optional>

#include "base/utf8.h"

namespace nano::assets {
namespace {

constexpr char kHex[] = "0123456789ABCDEF";

constexpr bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~' || c == '!' || c == '*' || c == '\'' || c == '(' ||
         c == ')';
}

// The path percent-encode set: controls, what is not ASCII, and those that end or quote a path
// elsewhere.
constexpr bool IsEncodedInPaths(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return byte <= 0x20 || byte >= 0x7F || c == '"' || c == '#' || c == '<' || c == '>' || c == '?' ||
         c == '^' || c == '`' || c == '{' || c == '}';
}

void AppendEscape(std::string& out, char c) {
  const auto byte = static_cast<uint8_t>(c);
  out += '%';
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

std::optional<int> HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// The byte of the escape at a place; none: there is no whole one.
std::optional<char> Escaped(std::string_view text, size_t at) {
  if (at + 2 >= text.size() || text[at] != '%') return std::nullopt;
  const std::optional<int> high = HexDigit(text[at + 1]);
  const std::optional<int> low = HexDigit(text[at + 2]);
  if (!high || !low) return std::nullopt;
  return static_cast<char>(*high << 4 | *low);
}

// How many dots a segment is, 1 or 2, each maybe as "%2e"; 0: it is something else.
int DotsOf(std::string_view segment) {
  int dots = 0;
  while (!segment.empty()) {
    if (segment.front() == '.') {
      segment.remove_prefix(1);
    } else if (Escaped(segment, 0) == '.') {
      segment.remove_prefix(3);
    } else {
      return 0;
    }
    if (++dots > 2) return 0;
  }
  return dots;
}

// The segment decoded, if it is UTF-8 and all of its escapes are whole.
std::optional<std::string> DecodeSegment(std::string_view segment) {
  std::string decoded;
  for (size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] != '%') {
      decoded += segment[i];
      continue;
    }
    const std::optional<char> byte = Escaped(segment, i);
    if (!byte) return std::nullopt;
    decoded += *byte;
    i += 2;
  }
  if (!IsUtf8(decoded)) return std::nullopt;
  return decoded;
}

// A slash in a decoded segment is not one between two, and in no file's name: as a zero byte, which
// is in none either, it is not taken for a file that has its escape in its name.
void AppendName(std::string& out, std::string_view decoded) {
  for (const char c : decoded) out += c == '/' ? '\0' : c;
}

// Calls with each part between slashes.
template <typename Take>
void ForEachSegment(std::string_view path, Take take) {
  while (true) {
    const size_t slash = path.find('/');
    take(path.substr(0, slash), slash == std::string_view::npos);
    if (slash == std::string_view::npos) return;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

bool IsPlain(std::string_view path) {
  if (!path.starts_with('/')) return false;
  char before = '\0';
  for (const char c : path) {
    if (c == '/' ? before == '/' : !IsUnreserved(c)) return false;
    // A segment of dots begins with one; so do few files.
    if (c == '.' && before == '/') return false;
    before = c;
  }
  return true;
}

std::string NormalizePath(std::string_view target) {
  target = target.substr(0, target.find_first_of("?#"));
  std::string slashes(target.starts_with('/') || target.starts_with('\\') ? target.substr(1)
                                                                          : target);
  for (char& c : slashes) {
    if (c == '\\') c = '/';
  }
  std::string path;
  ForEachSegment(slashes, [&path](std::string_view segment, bool last) {
    const int dots = DotsOf(segment);
    if (dots == 2 && !path.empty()) path.resize(path.rfind('/'));
    if (dots == 0) {
      path += '/';
      for (const char c : segment) {
        if (IsEncodedInPaths(c)) {
          AppendEscape(path, c);
        } else {
          path += c;
        }
      }
    } else if (last) {
      path += '/';
    }
  });
  return path;
}

std::string DecodePath(std::string_view path) {
  std::string name;
  ForEachSegment(path.substr(path.starts_with('/') ? 1 : 0),
                 [&name](std::string_view segment, bool last) {
                   if (segment.empty() && !last) return;
                   name += '/';
                   const std::optional<std::string> decoded = DecodeSegment(segment);
                   if (decoded) {
                     AppendName(name, *decoded);
                   } else {
                     name += segment;
                   }
                 });
  return name;
}

std::string EncodePath(std::string_view name) {
  std::string path;
  for (const char c : name) {
    if (c == '/' || IsUnreserved(c)) {
      path += c;
    } else {
      AppendEscape(path, c);
    }
  }
  return path;
}

}  // namespace nano::assets

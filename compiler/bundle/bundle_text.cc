// Text work on bundles and their maps.
#include "compiler/bundle/bundle_text.h"

#include <algorithm>
#include <filesystem>

#include "base/json.h"
#include "base/utf8.h"

namespace nano::compiler {
namespace {

constexpr std::string_view kPackages = "/node_modules/";

// A UTF-16 code unit as \uXXXX.
void AppendUnit(std::string& out, char32_t unit) {
  constexpr char kHex[] = "0123456789abcdef";
  out += "\\u";
  for (const int shift : {12, 8, 4, 0}) out += kHex[(unit >> shift) & 15];
}

// Where a line names a file outside of the app's folder, and nothing else that matters:
//   // ../../node_modules/a/b.js
//   // (disabled):../../node_modules/a/b.js
//     "../../node_modules/a/b.js"(exports, module) {
// npos: it does not.
size_t FindModuleName(std::string_view line) {
  const size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos) return begin;
  for (const std::string_view prefix : {"// ", "// (disabled):", "\"", "async \""}) {
    std::string_view rest = line.substr(begin);
    if (!rest.starts_with(prefix)) continue;
    rest.remove_prefix(prefix.size());
    if (!rest.starts_with("../")) continue;
    const bool quoted = prefix.ends_with('"');
    if (quoted && !rest.substr(std::min(rest.find('"'), rest.size())).starts_with("\"(")) continue;
    return begin + prefix.size();
  }
  return std::string_view::npos;
}

}  // namespace

size_t CountNonAscii(std::string_view code) {
  size_t count = 0;
  for (const char c : code) count += static_cast<unsigned char>(c) >= 0xC0 ? 1 : 0;
  return count;
}

std::string EscapeNonAscii(std::string_view code) {
  std::string out;
  out.reserve(code.size() + code.size() / 64);
  for (size_t at = 0; at < code.size();) {
    if (static_cast<unsigned char>(code[at]) < 0x80) {
      out += code[at++];
      continue;
    }
    const char32_t point = NextCodePoint(code, at);
    if (point >= 0x10000) {
      AppendUnit(out, 0xD800 + ((point - 0x10000) >> 10));
      AppendUnit(out, 0xDC00 + ((point - 0x10000) & 0x3FF));
    } else {
      AppendUnit(out, point);
    }
  }
  return out;
}

std::string EngineText(std::string_view utf8) {
  std::string narrow;
  narrow.reserve(utf8.size());
  size_t at = 0;
  while (at < utf8.size()) {
    size_t next = at;
    const char32_t point = NextCodePoint(utf8, next);
    if (point > 0xFF) break;
    narrow += static_cast<char>(point);
    at = next;
  }
  if (at == utf8.size()) return narrow;
  std::string wide;
  wide.reserve(2 * utf8.size() + 2);
  const auto unit = [&wide](char32_t value) {
    wide += static_cast<char>(value & 0xFF);
    wide += static_cast<char>(value >> 8 & 0xFF);
  };
  unit(0xFEFF);
  for (at = 0; at < utf8.size();) {
    const char32_t point = NextCodePoint(utf8, at);
    if (point >= 0x10000) {
      unit(0xD800 + ((point - 0x10000) >> 10));
      unit(0xDC00 + ((point - 0x10000) & 0x3FF));
    } else {
      unit(point);
    }
  }
  return wide;
}

std::string ShortPackagePath(std::string_view path) {
  const size_t packages = path.starts_with("../") ? path.find(kPackages) : std::string_view::npos;
  return std::string(packages == std::string_view::npos ? path : path.substr(packages + 1));
}

std::string ShortenPackagePaths(std::string_view code) {
  std::string out;
  out.reserve(code.size());
  while (!code.empty()) {
    const size_t end = code.find('\n');
    const std::string_view line = code.substr(0, end == std::string_view::npos ? end : end + 1);
    code.remove_prefix(line.size());
    const size_t name = FindModuleName(line);
    const size_t packages = name == std::string_view::npos ? name : line.find(kPackages, name);
    if (packages == std::string_view::npos) {
      out.append(line);
    } else {
      out.append(line.substr(0, name)).append(line.substr(packages + 1));
    }
  }
  return out;
}

std::string ShortenPackageSources(std::string map, const std::string& map_directory,
                                  const std::string& app_directory) {
  namespace fs = std::filesystem;
  Result<Json> json = Json::Parse(map, kFileJson);
  Json* sources = json.ok() ? json->Find("sources") : nullptr;
  if (sources == nullptr || sources->array() == nullptr) return map;
  bool changed = false;
  for (Json& source : *sources->array()) {
    if (source.text() == nullptr) continue;
    const std::string path = (fs::path(map_directory) / *source.text()).lexically_normal().string();
    const size_t packages = path.find(kPackages);
    if (packages == std::string::npos || path.starts_with(app_directory + "/")) continue;
    const fs::path shortened = app_directory + path.substr(packages);
    source = shortened.lexically_relative(map_directory).string();
    changed = true;
  }
  return changed ? json->ToString() : map;
}

}  // namespace nano::compiler

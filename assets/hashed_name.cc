// The guess. See hashed_name.h for what it rests on.
#include "assets/hashed_name.h"

#include <algorithm>
#include <cstdint>

namespace nano::assets {
namespace {

constexpr size_t kShortest = 8;
// How often the kind of a character changes in a hash of eight, at least: words and version numbers
// do it less.
constexpr int kChanges = 4;

// Where bundlers put what they name by contents.
constexpr std::string_view kBuildFolders[] = {"/assets/", "/_app/immutable/", "/_astro/",
                                              "/_nuxt/",  "/_next/static/",   "/build/",
                                              "/chunks/", "/static/",         "/dist/"};

enum class Kind : uint8_t { kDigit, kUpper, kLower, kOther };

Kind KindOf(char c) {
  if (c >= '0' && c <= '9') return Kind::kDigit;
  if (c >= 'A' && c <= 'Z') return Kind::kUpper;
  if (c >= 'a' && c <= 'z') return Kind::kLower;
  return Kind::kOther;
}

// Of lower case, and each digit and letter of it once at least: "deadbeef" and "20240101" are none.
bool IsHexadecimal(std::string_view part) {
  const bool all = std::all_of(part.begin(), part.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  const bool digits =
      std::any_of(part.begin(), part.end(), [](char c) { return KindOf(c) == Kind::kDigit; });
  const bool letters =
      std::any_of(part.begin(), part.end(), [](char c) { return KindOf(c) == Kind::kLower; });
  return all && digits && letters;
}

bool IsMixed(std::string_view part) {
  int changes = 0;
  bool digits = false;
  for (size_t i = 0; i < part.size(); ++i) {
    const Kind kind = KindOf(part[i]);
    if (kind == Kind::kOther) return false;
    digits = digits || kind == Kind::kDigit;
    if (i > 0 && kind != KindOf(part[i - 1])) ++changes;
  }
  return digits && changes >= kChanges;
}

bool IsInBuildFolder(std::string_view name) {
  return std::any_of(
      std::begin(kBuildFolders), std::end(kBuildFolders),
      [name](std::string_view folder) { return name.find(folder) != std::string_view::npos; });
}

}  // namespace

bool HasHash(std::string_view name) {
  std::string_view file = name.substr(name.rfind('/') + 1);
  // Without the extension, and without that of a source map's or a compressed file's original.
  for (int i = 0; i < 2; ++i) {
    const size_t dot = file.rfind('.');
    if (dot == std::string_view::npos || file.size() - dot > 5) break;
    file = file.substr(0, dot);
  }
  const size_t begin = file.find_last_of("-._");
  const std::string_view part = begin == std::string_view::npos ? file : file.substr(begin + 1);
  if (part.size() < kShortest) return false;
  return IsHexadecimal(part) || (IsInBuildFolder(name) && IsMixed(part));
}

}  // namespace nano::assets

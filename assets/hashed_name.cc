// The guess. See hashed_name.h for what it rests on.
#include "assets/hashed_name.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace nano::assets {
namespace {

// Filled by frameworks alone, whose own servers say the same of all that is in them.
constexpr std::string_view kToolFolders[] = {"/_app/immutable/", "/_astro/", "/_next/static/",
                                             "/_nuxt/"};
// Nuxt's, which has the names of all versions.
constexpr std::string_view kLatest = "/_nuxt/builds/latest.json";

// Where bundlers put what they name by contents, and people put files of their own.
constexpr std::string_view kBuildFolders[] = {"/assets/", "/build/", "/chunks/",
                                              "/dist/",   "/media/", "/static/"};

constexpr std::string_view kCode[] = {".js", ".mjs", ".css"};
constexpr std::string_view kOthers[] = {
    ".wasm", ".woff2", ".woff", ".ttf", ".otf",  ".eot", ".svg", ".png", ".jpg", ".jpeg",
    ".gif",  ".webp",  ".avif", ".ico", ".webm", ".mp4", ".mp3", ".ogg", ".m4a", ".wav"};
// What may be between the hash and the extension.
constexpr std::string_view kInfixes[] = {".chunk", ".bundle", ".min", ".worker", ".module"};

// What esbuild calls the entries and the shared parts of an Angular application.
constexpr std::string_view kAngularNames[] = {"chunk",  "main",    "polyfills", "runtime",
                                              "styles", "scripts", "worker"};

constexpr size_t kShortestHex = 8;
constexpr size_t kRollup = 8;

// How often the kind of a character changes, at least: in words, dates and version numbers, it does
// less. Where more speaks for a hash, and where nothing does.
constexpr int kHexChanges = 2;
constexpr int kLikely = 4;
constexpr int kCertain = 5;

enum class Kind : uint8_t { kDigit, kUpper, kLower, kOther };

Kind KindOf(char c) {
  if (c >= '0' && c <= '9') return Kind::kDigit;
  if (c >= 'A' && c <= 'Z') return Kind::kUpper;
  if (c >= 'a' && c <= 'z') return Kind::kLower;
  return Kind::kOther;
}

int CountOf(std::string_view part, Kind kind) {
  return static_cast<int>(
      std::count_if(part.begin(), part.end(), [kind](char c) { return KindOf(c) == kind; }));
}

int ChangesIn(std::string_view part) {
  int changes = 0;
  for (size_t i = 1; i < part.size(); ++i) {
    if (KindOf(part[i]) != KindOf(part[i - 1])) ++changes;
  }
  return changes;
}

template <size_t kSize>
bool HasPart(std::string_view name, const std::string_view (&parts)[kSize]) {
  return std::any_of(std::begin(parts), std::end(parts), [name](std::string_view part) {
    return name.find(part) != std::string_view::npos;
  });
}

// Takes away one of the endings, if it has one.
template <size_t kSize>
bool TakeEnding(std::string_view& name, const std::string_view (&endings)[kSize]) {
  for (const std::string_view ending : endings) {
    if (!name.ends_with(ending)) continue;
    name.remove_suffix(ending.size());
    return true;
  }
  return false;
}

// A file's name in parts.
struct Name {
  std::string_view folder;  // With its slash.
  std::string_view stem;    // Without extensions, and without "-HASH" or ".HASH".
  bool is_code = false;     // A script, a style, or the source map of one.
  bool is_built = false;    // Any kind that bundlers give hashes.
  bool in_build_folder = false;
  std::string_view hex;  // What is behind the last "-", "." or "_"; all, if there is none.
  std::string_view
      rollup;  // Eight characters at the end, behind "-" or "."; empty: there are none.
};

Name Split(std::string_view name) {
  Name parts;
  parts.folder = name.substr(0, name.rfind('/') + 1);
  std::string_view file = name.substr(parts.folder.size());
  constexpr std::string_view kMap[] = {".map"};
  const bool is_map = TakeEnding(file, kMap);
  parts.is_code = TakeEnding(file, kCode);
  parts.is_built = parts.is_code || (!is_map && TakeEnding(file, kOthers));
  if (!parts.is_built) return parts;
  TakeEnding(file, kInfixes);
  parts.in_build_folder = HasPart(name, kBuildFolders);
  const size_t separator = file.find_last_of("-._");
  parts.hex = separator == std::string_view::npos ? file : file.substr(separator + 1);
  if (file.size() > kRollup + 1) {
    const size_t at = file.size() - kRollup - 1;
    if (file[at] == '-' || file[at] == '.') {
      parts.rollup = file.substr(at + 1);
      parts.stem = file.substr(0, at);
    }
  }
  return parts;
}

// With digits and letters that alternate: "deadbeef", "20240101" and "20240101a" are none.
bool IsHexadecimal(const Name& name) {
  const std::string_view part = name.hex;
  if (part.size() < kShortestHex) return false;
  // Alone it may be the number of something whose contents change.
  if (name.stem.empty() && part.data() == name.folder.data() + name.folder.size() &&
      !name.in_build_folder)
    return false;
  return std::all_of(part.begin(), part.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }) &&
         ChangesIn(part) >= kHexChanges;
}

// Of A to Z and 2 to 7; a word with a number behind it is none.
bool IsBase32(const Name& name) {
  const std::string_view part = name.rollup;
  if (!name.is_code || part.empty() || part.data()[-1] != '-') return false;
  if (!std::all_of(part.begin(), part.end(),
                   [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7'); }))
    return false;
  return ChangesIn(part) >= 2 || std::find(std::begin(kAngularNames), std::end(kAngularNames),
                                           name.stem) != std::end(kAngularNames);
}

// Of A to Z, a to z, 0 to 9, and one "-" or "_" at most: more of them separate words.
bool IsBase64(std::string_view part) {
  return !part.empty() && CountOf(part, Kind::kOther) <= 1 &&
         std::all_of(part.begin(), part.end(),
                     [](char c) { return KindOf(c) != Kind::kOther || c == '-' || c == '_'; });
}

bool IsMixed(std::string_view part, int changes) {
  return IsBase64(part) && CountOf(part, Kind::kDigit) > 0 && CountOf(part, Kind::kUpper) > 0 &&
         CountOf(part, Kind::kLower) > 0 && ChangesIn(part) >= changes;
}

// Eight characters that may be a hash: no word in lower case, and no number.
bool MayBeRollups(const Name& name) {
  return IsBase64(name.rollup) &&
         (ChangesIn(name.rollup) >= 2 || CountOf(name.rollup, Kind::kUpper) >= 2);
}

// What the scripts and styles of a folder say about all of them.
struct Folder {
  bool all = true;       // Each may have a hash of Rollup's …
  bool certain = false;  // … and some have.
};

}  // namespace

std::vector<bool> HashedNames(const std::vector<std::string_view>& names) {
  std::unordered_map<std::string_view, Folder> folders;
  std::vector<Name> split;
  split.reserve(names.size());
  for (const std::string_view full : names) {
    const Name& name = split.emplace_back(Split(full));
    if (!name.is_code || !name.in_build_folder) continue;
    Folder& folder = folders[name.folder];
    folder.all = folder.all && MayBeRollups(name);
    folder.certain = folder.certain || IsMixed(name.rollup, kCertain);
  }
  std::vector<bool> hashed;
  hashed.reserve(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    const Name& name = split[i];
    if (HasPart(names[i], kToolFolders)) {
      hashed.push_back(!names[i].ends_with(".html") && !names[i].ends_with(kLatest));
      continue;
    }
    bool has = name.is_built && (IsHexadecimal(name) || IsBase32(name));
    if (!has && name.is_built && name.in_build_folder) {
      const auto known = folders.find(name.folder);
      const bool likely = known != folders.end() && known->second.all && known->second.certain;
      has = (likely && name.is_code) || IsMixed(name.rollup, likely ? kLikely : kCertain);
    }
    hashed.push_back(has);
  }
  return hashed;
}

}  // namespace nano::assets

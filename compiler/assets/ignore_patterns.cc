// Matching of patterns: `*` and `?` within a name, `**` across folders, `[a-z]`. See
// ignore_patterns.h for ownership and threads.
#include "compiler/assets/ignore_patterns.h"

#include <cstddef>
#include <optional>

namespace nano::compiler {
namespace {

// The set behind "[": whether it has a character, and where it ends. None: it does not end, and is
// no set.
struct Set {
  bool has = false;
  size_t end = 0;
};

std::optional<Set> MatchSet(std::string_view pattern, size_t begin, char c) {
  size_t at = begin + 1;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool has = false;
  for (bool first = true; at < pattern.size(); first = false) {
    if (pattern[at] == ']' && !first) return Set{has != negated && c != '/', at + 1};
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    const char low = pattern[at++];
    char high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      high = pattern[at + 1];
      at += 2;
    }
    has = has || (low <= c && c <= high);
  }
  return std::nullopt;
}

// Whether all of a text matches. Each place of both is looked at once: `failed` has those from
// which the rest does not match.
class Matcher {
 public:
  Matcher(std::string_view pattern, std::string_view text)
      : pattern_(pattern), text_(text), failed_((pattern.size() + 1) * (text.size() + 1)) {}

  bool Match(size_t p = 0, size_t t = 0) {
    if (p == pattern_.size()) return t == text_.size();
    const size_t state = p * (text_.size() + 1) + t;
    if (failed_[state]) return false;
    if (MatchHere(p, t)) return true;
    failed_[state] = true;
    return false;
  }

 private:
  bool MatchHere(size_t p, size_t t) {
    const std::string_view rest = pattern_.substr(p);
    if (IsAcross(p)) {
      if (rest == "**") return t < text_.size();  // "a/**": all that is in it.
      // "**/": here, or behind any slash.
      if (Match(p + 3, t)) return true;
      const size_t slash = text_.find('/', t);
      return slash != std::string_view::npos && Match(p, slash + 1);
    }
    if (rest.front() == '*') {
      if (Match(p + 1, t)) return true;
      return t < text_.size() && text_[t] != '/' && Match(p, t + 1);
    }
    if (t == text_.size()) return false;
    if (rest.front() == '?') return text_[t] != '/' && Match(p + 1, t + 1);
    if (rest.front() == '[') {
      if (const std::optional<Set> set = MatchSet(pattern_, p, text_[t]))
        return set->has && Match(set->end, t + 1);
    }
    if (rest.front() == '\\' && rest.size() > 1) return text_[t] == rest[1] && Match(p + 2, t + 1);
    return text_[t] == rest.front() && Match(p + 1, t + 1);
  }

  // Whether "**" stands alone between slashes, or at an end; elsewhere it is as "*".
  bool IsAcross(size_t p) const {
    const std::string_view rest = pattern_.substr(p);
    return rest.starts_with("**") && (p == 0 || pattern_[p - 1] == '/') &&
           (rest.size() == 2 || rest[2] == '/');
  }

  const std::string_view pattern_;
  const std::string_view text_;
  std::vector<bool> failed_;
};

std::string_view WithoutSpaces(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  while (line.ends_with(' ') && !line.ends_with("\\ ")) line.remove_suffix(1);
  return line;
}

}  // namespace

IgnorePatterns::IgnorePatterns(std::string_view text) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = WithoutSpaces(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    Pattern pattern;
    if (line.front() == '!') {
      pattern.negated = true;
      line.remove_prefix(1);
    }
    if (line.ends_with('/')) {
      pattern.folders = true;
      line.remove_suffix(1);
    }
    pattern.anchored = line.find('/') != std::string_view::npos;
    if (line.starts_with('/')) line.remove_prefix(1);
    if (line.empty()) continue;
    pattern.text = line;
    patterns_.push_back(std::move(pattern));
  }
}

bool IgnorePatterns::Ignores(std::string_view path, bool is_folder) const {
  const Pattern* pattern = Find(path, is_folder);
  return pattern != nullptr && !pattern->negated;
}

bool IgnorePatterns::Keeps(std::string_view path, bool is_folder) const {
  const Pattern* pattern = Find(path, is_folder);
  return pattern != nullptr && pattern->negated;
}

const IgnorePatterns::Pattern* IgnorePatterns::Find(std::string_view path, bool is_folder) const {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  for (auto pattern = patterns_.rbegin(); pattern != patterns_.rend(); ++pattern) {
    if (pattern->folders && !is_folder) continue;
    if (Matcher(pattern->text, pattern->anchored ? path : name).Match()) return &*pattern;
  }
  return nullptr;
}

}  // namespace nano::compiler

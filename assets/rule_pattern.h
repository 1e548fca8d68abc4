// Patterns of paths in `_redirects` and `_headers`: "/blog/*", "/users/:id/edit",
// "https://:sub.example.com/*". `*` stands for anything, of which there may be one; `:name` for one
// segment of the path, or one label of the host. Owns its text; immutable, thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace nano::assets {

// What placeholders stand for in a path that matched; `*` is called "splat". Views of the pattern
// and of the path.
using Captures = std::vector<std::pair<std::string_view, std::string_view>>;

class RulePattern {
 public:
  // Errors: two `*`; a name that is there twice.
  static Result<RulePattern> Parse(std::string text);

  // It begins with "https://", and is held against the host as well, whatever the scheme of the
  // request.
  bool has_host() const { return has_host_; }
  bool is_literal() const { return literal_; }
  const std::string& text() const { return text_; }

  // Of a path, or of "https://HOST/PATH" for one with a host. Takes time in proportion to both
  // lengths.
  std::optional<Captures> Match(std::string_view subject) const;

 private:
  struct Token {
    enum class Kind : uint8_t { kLiteral, kSplat, kSegment, kLabel } kind;
    size_t begin, size;  // In text_: the literal, or the name.
  };

  RulePattern() = default;
  std::string_view TextOf(const Token& token) const {
    return std::string_view(text_).substr(token.begin, token.size);
  }

  std::string text_;
  std::vector<Token> tokens_;
  bool has_host_ = false;
  bool literal_ = true;
};

// `text` with each ":name" that there is a capture for replaced by that; of "_redirects" and of the
// values of "_headers".
std::string Replaced(std::string_view text, const Captures& captures);

// Whether a path matches a pattern that has `*` alone, any number of them: those of
// `run_worker_first`.
bool MatchesGlob(std::string_view pattern, std::string_view path);

}  // namespace nano::assets

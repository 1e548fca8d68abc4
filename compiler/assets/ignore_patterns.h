// Which files of a folder are left out, by patterns as git has them (gitignore(5)): those of
// `.assetsignore`. Owns its patterns; immutable, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nano::compiler {

class IgnorePatterns {
 public:
  // A pattern in each line; comments and empty lines are none. Later ones overrule earlier ones.
  explicit IgnorePatterns(std::string_view text);

  // `path` is relative to the folder, without a slash at its front or end. What is in an ignored
  // folder is ignored; whoever asks goes from the top, and does not ask of what is in one.
  bool Ignores(std::string_view path, bool is_folder) const;

  // Whether a pattern that begins with "!" says of a path that it is not left out.
  bool Keeps(std::string_view path, bool is_folder) const;

 private:
  struct Pattern {
    std::string text;       // Without its marks.
    bool negated = false;   // "!…": is not left out after all.
    bool folders = false;   // "…/": folders only.
    bool anchored = false;  // With a slash: of the whole path; else of its last name.
  };

  // The last that matches.
  const Pattern* Find(std::string_view path, bool is_folder) const;

  std::vector<Pattern> patterns_;
};

}  // namespace nano::compiler

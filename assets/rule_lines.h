// What `_redirects` and `_headers` have in common: lines, comments, and what a path or URL in them
// may be. Own what they return; thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/function_ref.h"
#include "base/result.h"

namespace nano::assets {

// As Cloudflare bounds them.
inline constexpr size_t kMostLineBytes = 2000;

// Warnings of a file, which name it with the line.
class LineWarnings {
 public:
  LineWarnings(const std::string& path, std::vector<Error>& warnings)
      : path_(path), warnings_(warnings) {}

  void Add(size_t line, std::string message, std::string hint = {});

 private:
  const std::string& path_;
  std::vector<Error>& warnings_;
};

// Calls with each line that has something in it, without the spaces around it, and its number,
// from 1. Comments ("# …") and lines that are too long, which are told, are left out.
void ForEachRuleLine(std::string_view text, LineWarnings& warnings,
                     FunctionRef<void(size_t number, std::string_view line)> take);

// The parts of a line between spaces.
std::vector<std::string_view> Words(std::string_view line);

// A path from "/" on, or a URL from "https://" on, with its path normalized (asset_path.h) and,
// with `whole`, its query and fragment; without, those are dropped.
Result<std::string> RuleUrl(std::string_view text, bool whole);

}  // namespace nano::assets

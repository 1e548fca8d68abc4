// The file `_redirects`: a line for each rule, "FROM TO [STATUS]", of which the first that matches
// counts; those without placeholders come before the others. As Cloudflare's static assets have it.
// Owns its rules; immutable, thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "assets/rule_pattern.h"
#include "base/function_ref.h"
#include "base/result.h"
#include "config/schema/assets.h"

namespace nano::assets {

// What a path is led to.
struct Destination {
  int status = 302;  // 200: `to` is a path here, whose file is served; 301, 302, 303, 307 or 308.
  std::string to;    // A path with query and fragment, or a whole URL.
};

class Redirects {
 public:
  // Lines that are no rules are told in `warnings`, with `path` and their number, and passed over.
  static Redirects Parse(std::string_view text, const std::string& path, config::HtmlHandling html,
                         std::vector<Error>& warnings);

  bool empty() const { return literal_.empty() && patterns_.empty(); }
  struct Rule {
    RulePattern from;
    std::string to;
    int status = 302;
    size_t line = 0;  // Of the file, from 1.
  };

  void ForEach(FunctionRef<void(const Rule&)> visit) const;
  // Of a normalized path (asset_path.h).
  std::optional<Destination> Find(std::string_view path) const;

 private:
  void Add(Rule rule);

  // Those before the first with a placeholder, by what they match …
  std::unordered_map<std::string, Rule> literal_;
  std::vector<Rule> patterns_;  // … and the others, in their order.
};

}  // namespace nano::assets

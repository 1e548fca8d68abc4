// The file `_headers`: blocks of a path, or a URL, and indented lines "NAME: VALUE", which add a
// field to the responses whose path matches, or "! NAME", which take one away. As Cloudflare's
// static assets have it. Owns its rules; immutable, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assets/rule_pattern.h"
#include "base/result.h"

namespace nano::assets {

// Fields of a response, in their order; names in lower case.
using FieldList = std::vector<std::pair<std::string, std::string>>;

class HeaderRules {
 public:
  // Lines that are none are told in `warnings`, with `path` and their number, and passed over.
  static HeaderRules Parse(std::string_view text, const std::string& path,
                           std::vector<Error>& warnings);

  bool empty() const { return rules_.empty(); }

  // Changes the fields of a response as all rules say that match, one after the other: a rule's
  // first field of a name takes the place of the server's own, what other rules say of it as well
  // is added, behind a comma. `host` has no port, `path` is normalized (asset_path.h).
  void Apply(std::string_view host, std::string_view path, FieldList& fields) const;

 private:
  struct Rule {
    RulePattern where;
    FieldList set;
    std::vector<std::string> unset;
  };

  std::vector<Rule> rules_;
};

}  // namespace nano::assets

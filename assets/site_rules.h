// How a pack's files are served, as nanoc has read it from nano.yaml, `_redirects` and `_headers`:
// the text that is in the pack beside the files (snapshot/asset_pack.h). Owns its values;
// thread-safe as any value type.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/schema/assets.h"

namespace nano::assets {

struct SiteRules {
  config::HtmlHandling html = config::HtmlHandling::kAutoTrailingSlash;
  config::NotFoundHandling not_found = config::NotFoundHandling::kNone;
  std::string binding;  // What the app's code has the files by; empty: it has not.
  // The code is asked first: always, or for the paths that match (config/schema/assets.h).
  bool worker_first = false;
  std::vector<std::string> worker_first_paths;
  std::string redirects;  // The files' texts, which are read when the first request comes.
  std::string headers;

  bool operator==(const SiteRules&) const = default;
};

// Equal rules give equal texts.
std::string EncodeRules(const SiteRules& rules);
// Errors: it is no such text.
Result<SiteRules> DecodeRules(std::string_view text);

}  // namespace nano::assets

// An app's files that are served without its code: the keys below `assets` in nano.yaml. Owns its
// values; thread-safe as any value type.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/schema/key.h"

namespace nano::config {

// Which path an HTML file has, and what happens to the others that mean it. For /about.html and
// /docs/index.html:
enum class HtmlHandling : uint8_t {
  kAutoTrailingSlash,   // /about and /docs/
  kForceTrailingSlash,  // /about/ and /docs/
  kDropTrailingSlash,   // /about and /docs
  kNone,                // Their own: /about.html and /docs/index.html
};

// What is answered where there is no file (and no code that is asked).
enum class NotFoundHandling : uint8_t {
  kNone,                   // 404.
  k404Page,                // 404 with the 404.html that is next to the path, upwards.
  kSinglePageApplication,  // 200 with /index.html.
};

struct AssetSettings {
  std::string directory;           // Relative to the app's; empty: it has no assets.
  std::string binding = "ASSETS";  // The name in `env`; empty: none.
  HtmlHandling html_handling = HtmlHandling::kAutoTrailingSlash;
  NotFoundHandling not_found_handling = NotFoundHandling::kNone;
  // The code is asked before the files: for each path, or for those that match one of the patterns
  // ("/api/*"), but not one of those with '!' ("!/api/docs/*").
  bool worker_first = false;
  std::vector<std::string> worker_first_paths;

  bool operator==(const AssetSettings&) const = default;
};

const Table<AssetSettings>& AssetKeys();

// A map of those, or the directory alone.
void ReadAssets(Reader& reader, const Node& node, AssetSettings& settings);

}  // namespace nano::config

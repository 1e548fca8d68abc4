// What a wrangler file comes to, for tests.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "config/wrangler/jsonc.h"
#include "config/wrangler/settings.h"
#include "config/yaml/json_of.h"

namespace nano::config {

inline WranglerSettings SettingsOfText(const std::string& text,
                                       const WranglerOptions& options = {}) {
  const auto root = ParseJsonc(std::make_shared<Source>(Source{"wrangler.jsonc", text}));
  if (!root.ok()) FAIL(text << ": " << root.error().ToString());
  return SettingsOf(**root, options);
}

// The app as JSON, but for the rule of .bin files, which every app has.
inline std::string App(const WranglerSettings& settings) {
  Json app = JsonOf(*settings.app);
  Json* bundle = app.Find("bundle");
  bundle->Find("rules")->Take(".bin");
  if (bundle->Find("rules")->object()->empty()) bundle->Take("rules");
  if (bundle->object()->empty()) app.Take("bundle");
  return app.ToString();
}

}  // namespace nano::config

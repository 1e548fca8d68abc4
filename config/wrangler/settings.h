// A wrangler file's fields as an app of nano.yaml: the same tree as one that had been written
// there, with the places of the wrangler file. Owns nothing. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/wrangler/remark.h"
#include "config/yaml/yaml.h"

namespace nano::config {

struct WranglerOptions {
  std::string environment;      // Of `--env`; empty: the top level.
  bool allows_missing = false;  // A binding that NANO does not have is told, and stops nothing.
  bool takes_name = true;       // Of the app; else nano.yaml has named it.
  // It is what a framework has written: what has no effect there is nobody's to mend.
  bool is_generated = false;
};

struct WranglerSettings {
  std::shared_ptr<const Node> app;  // A map, with the keys that a file of one app has.
  std::vector<Remark> remarks;
  std::vector<Error> errors;  // Fields that are refused, or not what Wrangler has.
};

WranglerSettings SettingsOf(const Node& root, const WranglerOptions& options);

}  // namespace nano::config

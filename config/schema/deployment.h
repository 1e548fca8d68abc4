// How an app is run: how a version takes another one's place, and for how long what was booted is
// kept. Keys of an app in nano.yaml, and on their way in a dist's manifest, by the rows here.
//
// Owns its values. Thread-safe.
#pragma once

#include <chrono>
#include <string>

#include "config/schema/key.h"

namespace nano::config {

struct DeploymentSettings {
  std::string health;      // A path; empty: none.
  std::string canary_key;  // values/canary_key.h; empty: the default one.
  // 0: that of the server.
  std::chrono::milliseconds boot_timeout{0}, health_timeout{0}, drain_timeout{0};

  // Without a request, until an isolate is given up; 0: never. The next request boots another, in a
  // few milliseconds: an app that is asked less often than this does not notice.
  std::chrono::milliseconds idle{600'000};

  bool operator==(const DeploymentSettings&) const = default;
};

// Texts, and durations.
const Table<DeploymentSettings>& DeploymentKeys();

}  // namespace nano::config

// Which worker processes run an app: keys of an app in nano.yaml. docs/isolation.md says what each
// level protects from.
//
// Owns its values. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "config/schema/key.h"

namespace nano::config {

inline constexpr std::string_view kSharedWorkers = "shared";  // Those that all apps have.
inline constexpr std::string_view kGroupWorker = "worker";    // One that the apps of a group have.
inline constexpr std::string_view kOwnProcess = "process";    // One that this app alone has.

struct IsolationSettings {
  std::string isolation{kSharedWorkers};  // One of those.
  std::string group = "default";          // Of kGroupWorker; without meaning otherwise.

  bool operator==(const IsolationSettings&) const = default;
};

// Texts.
const Table<IsolationSettings>& IsolationKeys();

}  // namespace nano::config

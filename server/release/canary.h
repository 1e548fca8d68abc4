// A second version of an app that some of its requests go to: which ones is decided by a key that a
// client keeps, so that who is on one side stays there, and who has come to the new one does not go
// back when more do.
//
// Owns its share of the version. Immutable. Safe to read on any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "config/values/canary_key.h"
#include "server/release/app_version.h"

namespace nano::server {

using config::CanaryKey;

struct Canary {
  std::shared_ptr<const AppVersion> version;
  uint32_t percent = 0;
  CanaryKey key{};

  bool operator==(const Canary&) const = default;

  // Whether a request goes to the canary. `headers` as http::RequestHead has them. A request
  // without a key goes by chance, `random`. "nano-version-override: <app>=<digest>", with any
  // number of the digest's first digits from 4 on, names a version, current or canary, whatever the
  // percentage.
  bool Takes(std::string_view headers, const AppVersion& current, uint64_t random) const;
};

}  // namespace nano::server

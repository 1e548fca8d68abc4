// A release as bytes, for those who know some of its versions already.
//
// Owns nothing. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/release/release.h"

namespace nano::server {

// All apps with their hosts, by the ids of their versions; and the versions that `knows` is false
// of, whole. Holds secrets of apps.
std::string EncodeRelease(const Release& release, const std::function<bool(uint32_t)>& knows);

// Finds what is here already; null: it is not.
struct KnownParts {
  std::function<std::shared_ptr<const AppVersion>(uint32_t id)> version;
  AppVersion::FindSnapshot snapshot;
};

// The same release again. Fails on what EncodeRelease has not written, and where something is
// neither in it nor known.
Result<std::shared_ptr<const Release>> DecodeRelease(std::string_view bytes,
                                                     const KnownParts& known);

}  // namespace nano::server

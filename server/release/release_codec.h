// A release as bytes, for those who have the one before it: what has changed since, so that the
// bytes do not grow with the apps that stay as they were.
//
// Owns nothing. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/release/release.h"

namespace nano::server {

// The apps of `next` that are not in `base` as they are, with their hosts, by the ids of their
// versions; the versions that `base` does not have, whole; and the names of the apps that are gone.
// Holds secrets of apps.
std::string EncodeRelease(const Release& base, const Release& next);

// The same release again, for who has `base`, with snapshots that `find` knows. Fails on what
// EncodeRelease has not written for a base of that number, and where something is neither in it nor
// in the base.
Result<std::shared_ptr<const Release>> DecodeRelease(std::string_view bytes, const Release& base,
                                                     const AppVersion::FindSnapshot& find);

}  // namespace nano::server

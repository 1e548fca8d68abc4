// Which files a server that takes this one's place has to have: those of the versions that are
// served, in case it has others, and those of versions before whose time has not come yet. Clients
// have pages of both.
//
// Owns nothing. Thread: any.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "server/release/release.h"
#include "server/release/replaced_sites.h"
#include "server/supervisor/handover.h"

namespace nano::server {

// `patience` is how long the other server may take until the versions of `release` are replaced;
// `now_ms` the loop's time.
std::vector<HandedSite> SitesOf(const Release& release, const std::vector<ReplacedSite>& replaced,
                                std::chrono::milliseconds patience, uint64_t now_ms);

}  // namespace nano::server

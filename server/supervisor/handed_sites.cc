// From versions to what is said of them. See handed_sites.h.
#include "server/supervisor/handed_sites.h"

#include <memory>

namespace nano::server {
namespace {

HandedSite Of(const std::shared_ptr<const AppVersion>& version, std::chrono::milliseconds time) {
  return {.app = version->name,
          .digest = version->digest,
          .bytes = version->snapshot->size(),
          .modified = version->modified,
          .time = time,
          .descriptor = version->snapshot->descriptor(),
          .owner = version};
}

}  // namespace

std::vector<HandedSite> SitesOf(const Release& release, const std::vector<ReplacedSite>& replaced,
                                std::chrono::milliseconds patience, uint64_t now_ms) {
  std::vector<HandedSite> sites;
  for (const ReplacedSite& site : replaced) {
    if (site.until_ms <= now_ms) continue;
    sites.push_back(Of(site.version, std::chrono::milliseconds(site.until_ms - now_ms)));
  }
  for (const ServedApp& app : release.apps()) {
    const std::chrono::milliseconds time = app.terms.drain_timeout;
    if (time.count() == 0) continue;
    app.EachVersion([&](const std::shared_ptr<const AppVersion>& version) {
      if (version->site != nullptr) sites.push_back(Of(version, time + patience));
    });
  }
  return sites;
}

}  // namespace nano::server

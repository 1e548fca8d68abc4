// Lets go of each in time. See replaced_sites.h for ownership and threads.
#include "server/release/replaced_sites.h"

#include <algorithm>
#include <utility>

namespace nano::server {

ReplacedSites::ReplacedSites(uv_loop_t* loop) : loop_(loop), let_go_(loop, [this] { LetGo(); }) {
  let_go_.Unref();
}

void ReplacedSites::Keep(std::shared_ptr<const AppVersion> version,
                         std::chrono::milliseconds time) {
  if (time.count() == 0) return;
  Keep({std::move(version), uv_now(loop_) + static_cast<uint64_t>(time.count())});
}

void ReplacedSites::Keep(ReplacedSite site) {
  std::erase_if(all_, [&site](const ReplacedSite& each) { return each.version == site.version; });
  all_.push_back(std::move(site));
  LetGo();
}

void ReplacedSites::LetGo() {
  const uint64_t now = uv_now(loop_);
  std::erase_if(all_, [now](const ReplacedSite& each) { return each.until_ms <= now; });
  uint64_t next = UINT64_MAX;
  for (const ReplacedSite& each : all_) next = std::min(next, each.until_ms);
  if (!all_.empty()) let_go_.Start(next - now);
}

}  // namespace nano::server

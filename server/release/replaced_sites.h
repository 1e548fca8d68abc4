// Versions of apps that others have taken the place of, for their files: clients that have a page
// of one ask for the rest of it, for a while.
//
// Owns a share of each for as long. The supervisor has them for workers that start meanwhile and
// for a server that takes this one's place; each worker those that it has served, or was started
// with. Thread: the loop's.
#pragma once

#include <uv.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "net/handles.h"
#include "server/release/app_version.h"

namespace nano::server {

struct ReplacedSite {
  std::shared_ptr<const AppVersion> version;  // With files.
  uint64_t until_ms = 0;  // By uv_now, whose clock all processes of the system share.
};

class ReplacedSites {
 public:
  explicit ReplacedSites(uv_loop_t* loop);
  ReplacedSites(const ReplacedSites&) = delete;
  ReplacedSites& operator=(const ReplacedSites&) = delete;

  // For so long from now on; 0: not at all.
  void Keep(std::shared_ptr<const AppVersion> version, std::chrono::milliseconds time);
  void Keep(ReplacedSite site);

  // In the order in which they came.
  const std::vector<ReplacedSite>& all() const { return all_; }

 private:
  void LetGo();

  uv_loop_t* const loop_;
  std::vector<ReplacedSite> all_;
  net::Timer let_go_;
};

}  // namespace nano::server

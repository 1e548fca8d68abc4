// Which app of a release answers a request: the worker's slots, by the hosts that requests name.
//
// Owns the slots, and its share of the release. Thread: the worker's loop.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/release/release.h"
#include "server/worker/app_slot.h"

namespace nano::server {

class Router {
 public:
  // The context outlives the router.
  Router(std::shared_ptr<const Release> release, SlotContext& context);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // Null if no app answers for the host.
  AppSlot* Find(std::string_view authority);

  // In the order of the release's apps.
  const std::vector<std::unique_ptr<AppSlot>>& slots() const { return slots_; }

 private:
  const std::shared_ptr<const Release> release_;
  std::vector<std::unique_ptr<AppSlot>> slots_;
  std::string last_authority_;    // The last one that was found …
  AppSlot* last_slot_ = nullptr;  // … and what answers for it.
};

}  // namespace nano::server

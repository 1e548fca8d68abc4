// Which app answers a request: the slots of the versions that are served, by the hosts that
// requests name.
//
// Owns the slots, and its share of the release; while a release is prepared, also what that one
// will have besides. Thread: the worker's loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/release/groups.h"
#include "server/release/release.h"
#include "server/worker/app_slot.h"

namespace nano::server {

// Where the requests of an app go.
struct Route {
  AppSlot* slot = nullptr;         // Null if the app is leaving, or others run it.
  AppSlot* canary = nullptr;       // Null if the app has none.
  const ServedApp* app = nullptr;  // Of the release that is served.

  // Calls with each slot.
  template <typename Visit>
  void Each(Visit visit) const {
    if (slot != nullptr) visit(*slot);
    if (canary != nullptr) visit(*canary);
  }
};

class Router {
 public:
  using Slots = std::vector<std::unique_ptr<AppSlot>>;

  // The context outlives the router.
  Router(std::shared_ptr<const Release> release, SlotContext& context,
         Membership membership = Membership::Of({}));
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // Null if no app answers for the host.
  const Route* Find(std::string_view authority);
  // Null if there is no app of this name.
  const Route* FindApp(std::string_view name) const;

  // In the order of the release's apps.
  const std::vector<Route>& routes() const { return routes_; }
  const std::shared_ptr<const Release>& release() const { return release_; }

  // Makes slots for the versions that only `next` has here, and returns them. Nothing leads to them
  // yet. What was prepared before and not committed is dropped.
  std::vector<AppSlot*> Prepare(std::shared_ptr<const Release> next);
  const std::shared_ptr<const Release>& prepared() const { return next_; }
  // Drops what was prepared.
  void Abort();
  // From now on, requests go where the release that was prepared says, those included that wait
  // and have not begun. Returns the slots that it has no use for, which may still have something
  // under way. Not from within a call into an isolate.
  Slots Commit();

 private:
  using SlotsById = std::unordered_map<uint32_t, std::unique_ptr<AppSlot>>;

  void MakeRoutes();
  void PassWaiting(const Release& before, AppSlot& unused);

  SlotContext& context_;
  const Membership membership_;
  std::shared_ptr<const Release> release_;
  std::shared_ptr<const Release> next_;  // Null while none is prepared.
  SlotsById slots_;                      // By their versions' ids: the release's …
  SlotsById next_slots_;                 // … and those that only the next one has.
  std::vector<Route> routes_;
  std::string last_authority_;         // The last one that was found …
  const Route* last_route_ = nullptr;  // … and what answers for it.
};

}  // namespace nano::server

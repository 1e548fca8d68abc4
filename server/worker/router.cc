// Routes by host, the last one remembered; slots from one release to the next. See router.h for
// ownership and threads.
#include "server/worker/router.h"

#include <optional>
#include <utility>

#include "base/check.h"

namespace nano::server {

Router::Router(std::shared_ptr<const Release> release, SlotContext& context, Membership membership)
    : context_(context), membership_(std::move(membership)) {
  Prepare(std::move(release));
  Commit();
}

// Requests of one host often come one after the other.
const Route* Router::Find(std::string_view authority) {
  if (last_route_ != nullptr && authority == last_authority_) return last_route_;
  const std::optional<VirtualHosts::App> app = release_->hosts().Find(authority);
  if (!app.has_value()) return nullptr;
  last_authority_ = authority;
  last_route_ = &routes_[*app];
  return last_route_;
}

const Route* Router::FindApp(std::string_view name) const {
  const ServedApp* app = release_->Find(name);
  return app == nullptr ? nullptr : &routes_[static_cast<size_t>(app - release_->apps().data())];
}

std::vector<AppSlot*> Router::Prepare(std::shared_ptr<const Release> next) {
  Abort();
  next_ = std::move(next);
  std::vector<AppSlot*> added;
  ForEachChange(release_.get(), *next_, [&](const ServedApp*, const ServedApp* app) {
    if (app == nullptr || !membership_.Has(*app)) return;
    app->EachVersion([&](const std::shared_ptr<const AppVersion>& version) {
      if (slots_.contains(version->id)) return;
      auto [slot, is_new] = next_slots_.try_emplace(version->id);
      if (!is_new) return;
      slot->second = std::make_unique<AppSlot>(version, app->terms, context_);
      added.push_back(slot->second.get());
    });
  });
  return added;
}

void Router::Abort() {
  next_slots_.clear();
  next_.reset();
}

Router::Slots Router::Commit() {
  NANO_CHECK(next_ != nullptr);
  slots_.merge(std::exchange(next_slots_, {}));
  const std::shared_ptr<const Release> before = std::exchange(release_, std::move(next_));
  Slots unused;
  ForEachChange(before.get(), *release_, [&](const ServedApp* app, const ServedApp* now) {
    if (app == nullptr || !membership_.Has(*app)) return;
    const bool stays = now != nullptr && membership_.Has(*now);
    app->EachVersion([&](const std::shared_ptr<const AppVersion>& version) {
      if (stays && release_->FindVersion(version->id)) return;
      if (auto slot = slots_.extract(version->id)) unused.push_back(std::move(slot.mapped()));
    });
  });
  MakeRoutes();
  // Last: it may call into isolates.
  ForEachChange(before.get(), *release_, [&](const ServedApp*, const ServedApp* app) {
    if (app == nullptr || !membership_.Has(*app)) return;
    app->EachVersion([&](const std::shared_ptr<const AppVersion>& version) {
      slots_.at(version->id)->SetTerms(app->terms);
    });
  });
  for (const std::unique_ptr<AppSlot>& slot : unused) PassWaiting(*before, *slot);
  return unused;
}

// Who asked for a canary is the next one's, if there is one. Of an app that others run from now on,
// or nobody, the old slot still answers what it was given.
void Router::PassWaiting(const Release& before, AppSlot& unused) {
  const ServedApp* const app = before.Find(unused.version().name);
  const Route* const route = FindApp(unused.version().name);
  if (app == nullptr || route == nullptr) return;
  const bool was_canary = app->canary && app->canary->version->id == unused.version().id;
  AppSlot* const next = was_canary && route->canary != nullptr ? route->canary : route->slot;
  if (next != nullptr) next->TakeWaiting(unused);
}

void Router::MakeRoutes() {
  routes_.clear();
  routes_.reserve(release_->apps().size());
  for (const ServedApp& app : release_->apps()) {
    Route& route = routes_.emplace_back(Route{.app = &app});
    if (app.leaving || !membership_.Has(app)) continue;
    route.slot = slots_.at(app.version->id).get();
    if (app.canary) route.canary = slots_.at(app.canary->version->id).get();
  }
  last_route_ = nullptr;
}

}  // namespace nano::server

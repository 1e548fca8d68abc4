// Slots by host, the last one remembered.
#include "server/worker/router.h"

#include <optional>
#include <utility>

namespace nano::server {

Router::Router(std::shared_ptr<const Release> release, SlotContext& context)
    : release_(std::move(release)) {
  slots_.reserve(release_->apps().size());
  for (const ServedApp& app : release_->apps()) {
    // A slot's share of its app is one of the whole release.
    slots_.push_back(std::make_unique<AppSlot>(std::shared_ptr<const ServedApp>(release_, &app),
                                               slots_.size(), context));
  }
}

// Requests of one host often come one after the other.
AppSlot* Router::Find(std::string_view authority) {
  if (last_slot_ != nullptr && authority == last_authority_) return last_slot_;
  const std::optional<VirtualHosts::App> app = release_->hosts().Find(authority);
  if (!app.has_value()) return nullptr;
  last_authority_ = authority;
  last_slot_ = slots_[*app].get();
  return last_slot_;
}

}  // namespace nano::server

// What a slot answers, and gives its app, without JavaScript: files, and calls of services. See
// app_slot.h.
#include <utility>

#include "server/cache/cache_call.h"
#include "server/worker/app_slot.h"
#include "server/worker/asset_answers.h"
#include "server/worker/cache_way.h"
#include "server/worker/service_aim.h"

namespace nano::server {

// Files need no isolate: what bounds those, and who waits for one, is of no account.
bool AppSlot::AnswerWithAsset(http::ServerExchange& exchange, const http::RequestHead& head,
                              const AppSlot* sibling) {
  // Entry points and methods are the code's, whatever its files are called.
  if (IsForCode(exchange.aim.get())) [[unlikely]] {
    if (!version_->files_alone()) return false;
    ++requests_;
    exchange.RespondError(404, "The app has no entry points: it is files alone.");
    return true;
  }
  const auto company = version_->files_alone() ? assets::Company::kNobody : assets::Company::kCode;
  const auto other = sibling == nullptr ? nullptr : sibling->version_;
  if (!context_.assets->Answer(version_, other, company, exchange, head)) return false;
  ++requests_;
  meter_.counters().asset_requests.Add(1);
  return true;
}

void AppSlot::KeepAssets() {
  if (version_->site != nullptr) context_.assets->replaced().Keep(version_, terms_.drain_timeout);
}

CacheWay* AppSlot::WayToCache() {
  if (cache_way_ == nullptr && context_.cache_front != nullptr) {
    cache_way_ = std::make_unique<CacheWay>(*context_.store, *context_.cache_front, version_->id,
                                            version_->name);
  }
  return cache_way_.get();
}

std::optional<runtime::OutboundPort::KeptResponse> AppSlot::FindKept(std::string_view cache,
                                                                     std::string_view url,
                                                                     std::string_view fields) {
  CacheWay* const way = WayToCache();
  if (way == nullptr) return std::nullopt;
  return FindKeptCopy(*way, meter_.counters(), cache, url, fields);
}

StartService AppSlot::FindService(std::string_view name) {
  // The app's own exports (`ctx.exports`), of which the runtime says which.
  if (name == runtime::OutboundPort::kSelf) {
    return [this, app = version_->name](const http::CallRequest& request, http::Caller& caller) {
      return context_.call(app, request, caller);
    };
  }
  if (name == runtime::OutboundPort::kCache) {
    return [this](const http::CallRequest& request, http::Caller& caller) {
      return StartCacheCall(WayToCache(), context_.clients->later, meter_.counters(), request,
                            caller);
    };
  }
  for (const Service& service : version_->services) {
    if (service.name != name) continue;
    return [this, service](const http::CallRequest& request, http::Caller& caller) {
      http::CallRequest aimed = request;
      aimed.aim = AimAt(service, request.aim.get());
      return context_.call(service.app, aimed, caller);
    };
  }
  if (version_->site == nullptr || version_->site->binding() != name) return nullptr;
  // Also when this slot is no more.
  return [assets = context_.assets, later = &context_.clients->later, version = version_](
             const http::CallRequest& request, http::Caller& caller) {
    return StartServiceCall(
        *later,
        [assets, version](http::ServerExchange& exchange, const http::RequestHead& head) {
          assets->Answer(version, nullptr, assets::Company::kNobody, exchange, head);
        },
        request, caller);
  };
}

}  // namespace nano::server

// What a slot's app has in the store. See app_slot.h.
#include <utility>

#include "server/storage/store_client.h"
#include "server/worker/app_slot.h"

namespace nano::server {

// Of an isolate that is no more nobody hears: the next one counts its calls anew.
Result<void> AppSlot::StartStored(uint32_t call, runtime::StoreKind kind, std::string message) {
  if (stored_for_ == nullptr) stored_for_ = std::make_shared<int>();
  const std::weak_ptr<int> alive = stored_for_;
  context_.store->Start(
      static_cast<StoreService>(kind), version_->id, std::move(message),
      [this, call, alive](const Result<std::string_view>& answer) {
        if (alive.expired()) return;
        Enter([&](runtime::AppIsolate& isolate) { isolate.OnStored(call, answer); });
      });
  return {};
}

}  // namespace nano::server

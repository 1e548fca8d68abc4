// An app's way from its caches to the store, for the version that a slot runs. Owned by the slot;
// client and front outlive it. Thread: the worker's loop.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "server/cache/cache_call.h"
#include "server/storage/store_client.h"

namespace nano::server {

class CacheWay final : public CacheStoreWay {
 public:
  // `scope` is the version's, as the store knows it.
  CacheWay(StoreClient& store, CacheFront& front, uint32_t scope, std::string app)
      : store_(store), front_(front), scope_(scope), app_(std::move(app)) {}

  uint32_t Ask(std::string message, Done done) override {
    return store_.Start(StoreService::kCache, scope_, std::move(message),
                        [done = std::move(done)](const Result<std::string_view>& answer) {
                          done(answer.ok() ? answer.value() : std::string_view());
                        });
  }
  void Forget(uint32_t call) override { store_.Forget(call); }
  CacheFront& front() override { return front_; }
  const std::string& app() const override { return app_; }

 private:
  StoreClient& store_;
  CacheFront& front_;
  const uint32_t scope_;
  const std::string app_;
};

}  // namespace nano::server

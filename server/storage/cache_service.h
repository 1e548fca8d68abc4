// Apps' caches in the store's process: whose entries are spoken of, and the desk that answers.
//
// The folder is looked through when the first one asks. Owns the desk. Thread: the store's loop;
// the work is done by the pool's threads, one thing after the other.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/storage/grants.h"
#include "server/storage/store_service.h"
#include "storage/cache/desk.h"
#include "storage/kv/work_pool.h"

namespace nano::server {

class CacheService final : public ServiceOfStore {
 public:
  // Told what is wrong with the folder, on any thread.
  using Failed = std::function<void(const Error& error)>;

  // Grants, pool and epochs outlive the service. The folder is there.
  CacheService(const Grants& grants, kv::WorkPool& pool, std::string folder,
               const cache::Bounds& bounds, cache::Epochs* epochs, Failed failed);

  void OnCall(StoreCall call) override;

 private:
  struct Item {
    StoreCall call;
    std::string app;  // Whose; empty: of who operates the server.
  };

  void Work(std::vector<Item> items);
  std::string Answer(const Item& item);
  bool Open(int64_t now);

  const Grants& grants_;
  const std::string folder_;
  const cache::Bounds bounds_;
  cache::Epochs* const epochs_;
  const Failed failed_;
  // Of the threads that work, one at a time.
  std::unique_ptr<cache::Desk> desk_;
  int64_t retried_ = 0;      // When the folder could not be opened; 0: it was not tried.
  kv::WorkLine<Item> line_;  // Goes first.
};

}  // namespace nano::server

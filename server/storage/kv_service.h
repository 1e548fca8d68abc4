// KV in the store's process: a namespace's name, to where its entries are.
//
// Owns the namespaces, each opened when it is first asked for, in a folder of its own. One that no
// app has any more goes when what it was asked before is done. Thread: the store's loop; the work
// is done by the pool's threads.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "server/storage/grants.h"
#include "server/storage/store_service.h"
#include "storage/kv/kv_namespace.h"
#include "storage/kv/messages.h"
#include "storage/kv/work_pool.h"

namespace nano::server {

class KvService final : public ServiceOfStore {
 public:
  // Told what is wrong with a namespace, on any thread.
  using Failed = std::function<void(const Error& error)>;

  // `folder` is there, or an Error why not. Grants and pool outlive the service and its calls.
  KvService(const Grants& grants, kv::WorkPool& pool, Result<std::string> folder, Failed failed);

  void OnCall(StoreCall call) override;
  // The grants have changed.
  void OnGrants();

 private:
  // Shared with the calls that are under way.
  using Space = std::shared_ptr<kv::KvNamespace>;

  // What is asked for; null, with the answer in `why`.
  Space Find(const StoreCall& call, const kv::Request& request, std::string& why);
  Space Open(const StoreBinding& binding, std::string& why);
  // `threads` are another server's, or null.
  Space Share(std::unique_ptr<kv::KvNamespace> space, std::shared_ptr<kv::WorkPool> threads);
  std::string Namespaces() const;

  const Grants& grants_;
  kv::WorkPool& pool_;
  const Result<std::string> folder_;
  const Failed failed_;
  // Of who waits for a server, by its address; they are its namespaces'.
  std::map<std::string, std::weak_ptr<kv::WorkPool>> remote_pools_;
  std::map<std::string, Space> open_;  // By URL and name.
};

}  // namespace nano::server

// KV in the store's process: a namespace's name, to where its entries are.
//
// Owns the namespaces, each opened when it is first asked for, in a folder of its own. Thread: the
// store's loop; the work is done by the pool's threads.
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

  // `folder` is there, or an Error why not. Grants and pool outlive the service.
  KvService(const Grants& grants, kv::WorkPool& pool, Result<std::string> folder, Failed failed);

  void OnCall(StoreCall call) override;

 private:
  // What is asked for; null, with the answer in `why`.
  kv::KvNamespace* Find(const StoreCall& call, const kv::Request& request, std::string& why);
  kv::KvNamespace* Open(const StoreBinding& binding, std::string& why);
  std::string Namespaces() const;

  const Grants& grants_;
  kv::WorkPool& pool_;
  const Result<std::string> folder_;
  const Failed failed_;
  std::map<std::string, kv::WorkPool> remote_pools_;  // Of who waits for a server, by its address.
  std::map<std::string, std::unique_ptr<kv::KvNamespace>> open_;  // By URL and name.
};

}  // namespace nano::server

// A namespace that a server of Redis or Valkey keeps, for several machines.
//
// An entry is a hash, which expires by itself: v, m (metadata) and x (when it expires). A sorted
// set has the keys in their order; both are changed together (MULTI). Keys of entries that have
// expired are taken out of it when a list comes to them.
//
//   nano:kv:{NAMESPACE}:e:KEY   nano:kv:{NAMESPACE}:keys
//
// Owns the connection, which a pool's thread uses. Thread: Start on any.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/kv/kv_namespace.h"
#include "storage/kv/messages.h"
#include "storage/kv/work_pool.h"
#include "storage/redis/connection.h"

namespace nano::kv {

class RedisNamespace final : public KvNamespace {
 public:
  // `failed` is told why the server cannot be asked, once until it can; on any thread.
  RedisNamespace(WorkPool& pool, redis::Address address, const std::string& name,
                 std::function<void(const Error&)> failed);

  void Start(Call call) override { line_.Add(std::move(call)); }

 private:
  void Work(std::vector<Call> calls);
  // Answers some calls; they are asked again by a new connection if the first one is lost.
  void Answer(std::vector<Call>& calls);
  Result<std::vector<std::string>> Ask(const std::vector<Call>& calls);
  Result<void> Connect();
  Result<std::string> List(const Request& request);
  std::string EntryOf(std::string_view key) const { return prefix_ + "e:" + std::string(key); }

  const redis::Address address_;
  const std::string prefix_;
  const std::string keys_;
  const std::function<void(const Error&)> failed_;
  std::optional<redis::Connection> connection_;
  std::optional<Error> down_;  // Why there was none …
  int64_t down_until_ = 0;     // … and until when that is not tried again, in seconds.
  bool told_ = false;
  WorkLine<Call> line_;  // Last: it ends before what it works with.
};

}  // namespace nano::kv

// A namespace that a server of Redis or Valkey keeps, for several machines.
//
// What it has there is in redis_commands.h. Keys of entries that have expired are taken out of the
// sets when a list comes to them, and some with writes, more than these can bring.
//
// A server that does not answer is asked nothing for a while, and what waits for it fails at once.
// What it has unread of a connection that was given up is taken back before anything else is asked:
// it could come later than that, and undo it. So much waits at most; what is beyond is refused.
//
// Owns the connection, which a pool's thread uses. Thread: Start on any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/kv/kv_namespace.h"
#include "storage/kv/messages.h"
#include "storage/kv/work_pool.h"
#include "storage/redis/connection.h"

namespace nano::kv {

class RedisNamespace final : public KvNamespace {
 public:
  // What waits for the server at most: so many calls, and bytes of them.
  static constexpr size_t kMostCalls = 10'000;
  static constexpr size_t kMostBytes = size_t{128} << 20;

  // `failed` is told why the server cannot be asked, once until it can; on any thread.
  RedisNamespace(WorkPool& pool, redis::Address address, const std::string& name,
                 std::function<void(const Error&)> failed, redis::Patience patience = {});

  void Start(Call call) override;
  bool is_remote() const override { return true; }

 private:
  struct Load {
    std::atomic<size_t> calls{0}, bytes{0};
  };

  void Work(std::vector<Call> calls);
  // Answers some calls; they are asked again by a new connection if the first one is lost.
  void Answer(std::vector<Call>& calls);
  Result<std::vector<std::string>> TryAsk(const std::vector<Call>& calls);
  Result<std::vector<std::string>> Ask(const std::vector<Call>& calls);
  Result<void> Connect();
  bool IsDown() const;
  // The answer; an Error: the connection is lost.
  Result<std::string> List(const Request& request);

  const redis::Address address_;
  const redis::Patience patience_;
  const std::string name_;
  const std::function<void(const Error&)> failed_;
  const std::shared_ptr<Load> load_ = std::make_shared<Load>();  // Calls may outlive this.
  std::optional<redis::Connection> connection_;
  redis::Connection::End end_ = redis::Connection::End::kNone;  // Of the one before.
  int64_t left_ = 0;           // By which the server may have something unread; 0: none.
  std::optional<Error> down_;  // Why there is none …
  int64_t down_until_ms_ = 0;  // … and until when that is not tried again.
  bool told_ = false;
  int64_t swept_ = 0;           // When, in seconds since 1970.
  bool more_to_sweep_ = false;  // The last one has not found the end.
  WorkLine<Call> line_;         // Last: it ends before what it works with.
};

}  // namespace nano::kv

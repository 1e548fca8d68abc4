// Those who use the store: their channels, what each has asked, and the answers on their way.
//
// What one has not read of its answers is bounded: beyond, nothing more of it is begun, and beyond
// that nothing is read. Others do not notice.
//
// Owns the channels. Thread: the store's loop; Reply, HasRoom and Park of a desk on any.
#pragma once

#include <uv.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "base/descriptor.h"
#include "net/handles.h"
#include "server/control/messages.h"
#include "server/log/log.h"
#include "server/storage/store_channel.h"
#include "server/storage/store_service.h"

namespace nano::server {

struct StoreReply;

class StoreUsers {
 public:
  // A request of a user's. The service takes it from here.
  using OnCall = std::function<void(StoreService service, StoreCall call)>;

  StoreUsers(uv_loop_t* loop, Log& log, OnCall on_call);
  ~StoreUsers();
  StoreUsers(const StoreUsers&) = delete;
  StoreUsers& operator=(const StoreUsers&) = delete;

  void Add(Descriptor end, StoreUser user);

 private:
  class User;
  // What other threads have for the users.
  class Desk;

  void OnNews();
  void Deliver(StoreReply reply);
  void Remove(uint64_t id);

  uv_loop_t* const loop_;
  Log& log_;
  const OnCall on_call_;
  uint64_t last_id_ = 0;
  std::map<uint64_t, std::unique_ptr<User>> users_;
  const std::shared_ptr<Desk> desk_;
  std::vector<uint64_t> gone_;
  net::Timer bury_;
};

}  // namespace nano::server

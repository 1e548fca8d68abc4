// A service of the store's process: what is asked for it, and by whom.
//
// To add one: a number in StoreService (frames.h), its messages below storage/, a file
// NAME_service.{h,cc} here that implements this, and a line in StoreProcess's constructor.
// Thread: the store's loop; answers may come from any.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "server/control/messages.h"

namespace nano::server {

// A call, on its way to an answer.
struct StoreCall {
  StoreUser user;  // Who asks …
  uint32_t scope = 0;
  std::shared_ptr<const std::string> message;
  // Sends the answer, once. Any thread; to whoever is gone nothing is sent.
  std::function<void(std::string answer)> done;
  // Whether answers may be made: there may be many that were not taken, and large ones. Else `park`
  // has `again` called on the loop when there is room. Any thread.
  std::function<bool()> has_room;
  std::function<void(std::function<void()> again)> park;
  // Within OnCall: it waits for another machine. It counts no more as one of those that its user
  // may have under way, so that what else the user asks does not wait with it. Whoever calls this
  // bounds how much that is.
  std::function<void()> detach;
};

class ServiceOfStore {
 public:
  virtual ~ServiceOfStore() = default;
  virtual void OnCall(StoreCall call) = 0;
};

}  // namespace nano::server

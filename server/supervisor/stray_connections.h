// Connections that are still in a group's channel when the group has ended: passes them on to the
// workers that serve all, who know where they belong now.
//
// Owns the channels until they are empty. Thread: the supervisor's loop.
#pragma once

#include <uv.h>

#include <optional>
#include <vector>

#include "base/descriptor.h"
#include "net/handles.h"
#include "server/control/packet.h"

namespace nano::server {

class StrayConnections {
 public:
  // `relay` is the sending end of the others' channel, and outlives this.
  StrayConnections(uv_loop_t* loop, int relay);

  // The receiving end of a channel into which nobody sends any more.
  void Collect(Descriptor channel);

 private:
  static constexpr uint64_t kRetryMs = 10;  // While the relay is full.

  void Move();
  bool MoveOne();

  const int relay_;
  std::vector<Descriptor> channels_;
  std::optional<Packet> held_;  // For which the relay had no room.
  net::Timer retry_;
};

}  // namespace nano::server

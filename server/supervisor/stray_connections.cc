// From one channel to another. See stray_connections.h for ownership and threads.
#include "server/supervisor/stray_connections.h"

#include <utility>
#include <variant>

namespace nano::server {

StrayConnections::StrayConnections(uv_loop_t* loop, int relay)
    : relay_(relay), retry_(loop, [this] { Move(); }) {}

void StrayConnections::Collect(Descriptor channel) {
  channels_.push_back(std::move(channel));
  Move();
}

void StrayConnections::Move() {
  while (held_ || !channels_.empty()) {
    if (!MoveOne()) return retry_.Start(kRetryMs);
  }
}

// False: later.
bool StrayConnections::MoveOne() {
  if (!held_) {
    ReceivedPacket received = ReceivePacket(channels_.back().get());
    auto* const packet = std::get_if<Packet>(&received);
    if (packet == nullptr) {
      channels_.pop_back();
      return true;
    }
    held_ = std::move(*packet);
  }
  const int connection = held_->descriptor.get();
  const auto packet = OutgoingPacket::Make(held_->kind, held_->body, connection >= 0);
  if (!packet.ok() || packet->Send(relay_, connection) == OutgoingPacket::Sent::kLater) {
    return false;
  }
  held_.reset();
  return true;
}

}  // namespace nano::server

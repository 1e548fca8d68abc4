// Queues before channels. See departures.h for ownership and threads.
#include "server/groups/departures.h"

#include <algorithm>
#include <utility>

namespace nano::server {

Departures::Departures(uv_loop_t* loop, Back back)
    : loop_(loop), back_(std::move(back)), retry_(loop, [this] { Retry(); }) {}

void Departures::SetChannel(const std::string& group, Descriptor sender) {
  Way& way = ways_[group];
  way.gone = sender.get() < 0;
  way.sender = std::move(sender);
  if (!way.waiting.empty()) retry_.Start(0);
}

void Departures::Send(const std::string& group, HandedConnection connection) {
  Way& way = ways_[redirected_ ? std::string() : group];
  if (connection.since == 0) connection.since = uv_now(loop_);
  const bool is_quick = ++connection.hops <= kQuickHops;
  if (is_quick && way.waiting.empty() && Try(way, connection) == Tried::kSent) return;
  way.waiting.push_back(std::move(connection));
  if (!retry_.active()) retry_.Start(kRetryMs);
}

bool Departures::empty() const {
  return std::ranges::all_of(ways_, [](const auto& way) { return way.second.waiting.empty(); });
}

Departures::Tried Departures::Try(Way& way, const HandedConnection& connection) {
  if (way.sender.get() < 0) return way.gone ? Tried::kGone : Tried::kLater;
  const Result<OutgoingPacket> packet = PacketOf(connection);
  // The system has no memory for it: maybe later.
  if (!packet.ok()) return Tried::kLater;
  const OutgoingPacket::Sent sent = packet->Send(way.sender.get(), connection.socket.get());
  if (sent == OutgoingPacket::Sent::kSent) return Tried::kSent;
  if (sent == OutgoingPacket::Sent::kLater) return Tried::kLater;
  way.sender = Descriptor();
  way.gone = true;
  return Tried::kGone;
}

void Departures::Retry() {
  for (auto& [group, way] : ways_) Retry(way);
  if (!empty()) retry_.Start(kRetryMs);
}

void Departures::Retry(Way& way) {
  std::deque<HandedConnection> waiting = std::exchange(way.waiting, {});
  const uint64_t now = uv_now(loop_);
  Tried tried = Tried::kSent;
  while (!waiting.empty()) {
    HandedConnection connection = std::move(waiting.front());
    waiting.pop_front();
    // Who comes later is not sent before who waits.
    if (tried == Tried::kSent) tried = Try(way, connection);
    if (tried == Tried::kSent) continue;
    if (now >= connection.since + kPatienceMs || way.waiting.size() >= kWaiting) {
      back_(std::move(connection), Why::kLate);
    } else if (tried == Tried::kGone) {
      back_(std::move(connection), Why::kGone);
    } else {
      way.waiting.push_back(std::move(connection));
    }
  }
}

}  // namespace nano::server

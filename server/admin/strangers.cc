// Tries as time that is saved up, and lines that are.
#include "server/admin/strangers.h"

#include <algorithm>
#include <optional>

#include "base/ip_address.h"

namespace nano::server::admin {
namespace {

constexpr uint64_t kMostMs = Strangers::kTries * Strangers::kTryMs;
constexpr uint64_t kMinuteMs = 60'000;

// Without the port, which is another one for each connection; of IPv6 the network, in which whoever
// has one address has all.
std::string NetworkOf(std::string_view peer) {
  std::string_view host = peer.substr(0, peer.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::optional<IpAddress> address = IpAddress::Parse(host);
  if (!address) return std::string(host);
  constexpr size_t kNetworkBytes = 8;
  const auto& bytes = address->bytes();
  return {bytes.begin(), address->is_v4() ? bytes.end() : bytes.begin() + kNetworkBytes};
}

}  // namespace

Strangers::Stranger& Strangers::Of(std::string_view peer, uint64_t now_ms) {
  std::string network = NetworkOf(peer);
  const auto found = strangers_.find(network);
  if (found == strangers_.end()) {
    if (strangers_.size() == kMostPeers) MakeRoom();
    return strangers_[std::move(network)] = {.tries_ms = kMostMs, .since_ms = now_ms};
  }
  Stranger& stranger = found->second;
  stranger.tries_ms = std::min(kMostMs, stranger.tries_ms + (now_ms - stranger.since_ms));
  stranger.since_ms = now_ms;
  return stranger;
}

// Forgets the one that has been quiet for the longest time.
void Strangers::MakeRoom() {
  strangers_.erase(std::min_element(strangers_.begin(), strangers_.end(),
                                    [](const auto& one, const auto& other) {
                                      return one.second.since_ms < other.second.since_ms;
                                    }));
}

bool Strangers::MayTry(std::string_view peer, uint64_t now_ms) {
  // Most are none.
  if (strangers_.empty() || !strangers_.contains(NetworkOf(peer))) return true;
  return Of(peer, now_ms).tries_ms >= kTryMs;
}

uint64_t Strangers::Refused(std::string_view peer, uint64_t now_ms) {
  Stranger& stranger = Of(peer, now_ms);
  // What was not looked at was no try.
  if (stranger.tries_ms >= kTryMs) stranger.tries_ms -= kTryMs;
  ++stranger.unlogged;
  if (now_ms - minute_ms_ >= kMinuteMs) {
    minute_ms_ = now_ms;
    lines_ = 0;
  }
  const bool is_quiet = !stranger.was_logged || now_ms - stranger.logged_ms >= kQuietMs;
  if (!is_quiet || lines_ == kLinesPerMinute) return 0;
  ++lines_;
  stranger.was_logged = true;
  stranger.logged_ms = now_ms;
  const uint64_t count = stranger.unlogged;
  stranger.unlogged = 0;
  return count;
}

}  // namespace nano::server::admin

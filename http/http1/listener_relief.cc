// Which clients are cut when much is kept for them. See listener.h and kept_shares.h.
#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "http/http1/connection.h"
#include "http/http1/listener.h"

namespace nano::http1 {
namespace {

constexpr uint64_t kRelieveMs = 100;  // Between looks for slow clients, when too few are found.

}  // namespace

void Listener::Relieve(const Connection* spared) {
  const uint64_t now = uv_now(state_.loop);
  if (now >= relieve_at_) {
    EndSlowest(spared, /*waited_only=*/true);
    if (state_.kept.scarce()) relieve_at_ = now + kRelieveMs;
  }
  // Others, who hold little, are about to be kept out: there is no time to see who is slow.
  if (now >= urgent_at_ && state_.kept.urgent()) {
    EndSlowest(spared, /*waited_only=*/false);
    if (state_.kept.urgent()) urgent_at_ = now + kRelieveMs;
  }
}

// One after the other, each of whoever holds the most then.
void Listener::EndSlowest(const Connection* spared, bool waited_only) {
  const KeptShares& kept = state_.kept;
  std::unordered_map<KeptShares::Key, std::vector<std::pair<double, Connection*>>> slow;
  for (const auto& [connection, owned] : connections_) {
    const KeptShares::Holder* const holder = connection->holder();
    if (connection == spared || holder == nullptr || !kept.IsOver(*holder)) continue;
    if (waited_only && !connection->has_waited()) continue;
    if (const double slowness = connection->Slowness(); slowness > 0) {
      slow[holder->key].emplace_back(slowness, connection);
    }
  }
  for (auto& [key, theirs] : slow) std::sort(theirs.begin(), theirs.end());
  const auto holder_of = [&kept](const auto& theirs) -> const KeptShares::Holder* {
    const KeptShares::Holder* const holder = kept.Find(theirs.first);
    return holder == nullptr || theirs.second.empty() || !kept.IsOver(*holder) ? nullptr : holder;
  };
  const auto bytes_of = [&holder_of](const auto& theirs) {
    const KeptShares::Holder* const holder = holder_of(theirs);
    return holder == nullptr ? uint64_t{0} : holder->bytes;
  };
  // Closing is told from the loop later, so that the connections stay there meanwhile.
  while (waited_only ? kept.scarce() : kept.urgent()) {
    const auto most = std::max_element(slow.begin(), slow.end(), [&](const auto& a, const auto& b) {
      return bytes_of(a) < bytes_of(b);
    });
    if (most == slow.end() || holder_of(*most) == nullptr) return;
    Connection* const slowest = most->second.back().second;
    most->second.pop_back();
    // What is done for one may have ended another.
    if (slowest->holder() != nullptr) slowest->EndSlow();
  }
}

}  // namespace nano::http1

// What circuits were and are. See circuit_watch.h for ownership and threads.
#include "server/deploy/circuit_watch.h"

#include <algorithm>
#include <utility>

namespace nano::server {
namespace {

// One that is open may be opened again, for longer, by a request that was under way.
bool IsOther(const Circuit& before, const Circuit& now) {
  if (before.state != now.state) return true;
  return now.state == Circuit::State::kOpen && before.deaths != now.deaths;
}

}  // namespace

CircuitWatch::CircuitWatch(uv_loop_t* loop, Find find, Told told)
    : find_(std::move(find)), told_(std::move(told)), timer_(loop, [this] { Check(); }) {}

void CircuitWatch::Note(uint32_t version, const std::string& app) {
  known_.try_emplace(version, Known{.app = app});
  Check();
}

void CircuitWatch::Check() {
  timer_.Stop();
  uint64_t first_ms = UINT64_MAX;
  for (auto next = known_.begin(); next != known_.end();) {
    const auto at = next++;
    const std::optional<Circuit> found = find_(at->first);
    const Circuit now = found.value_or(Circuit{});
    if (IsOther(at->second.last, now)) told_(at->second.app, at->first, now);
    at->second.last = now;
    if (found) {
      first_ms = std::min(first_ms, found->left_ms);
    } else {
      known_.erase(at);
    }
  }
  if (first_ms != UINT64_MAX) timer_.Start(first_ms);
}

}  // namespace nano::server

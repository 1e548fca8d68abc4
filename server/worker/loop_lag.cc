// Measures turns. See loop_lag.h.
#include "server/worker/loop_lag.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "net/tick.h"

namespace nano::server {
namespace {

constexpr uint64_t kMs = 1'000'000;  // In nanoseconds.

}  // namespace

LoopLag::LoopLag(uv_loop_t* loop, LoopCounters& counters, std::function<void()> on_long)
    : loop_(loop),
      counters_(counters),
      on_long_(std::move(on_long)),
      prepare_(loop, [this] { EndTurn(); }),
      // The clock stands still while what was told is done.
      check_(loop, [this] { began_ms_ = uv_now(loop_); }) {
  prepare_.Start();
  check_.Start();
  prepare_.Unref();
  check_.Unref();
}

void LoopLag::EndTurn() {
  if (began_ms_ == 0) return;
  const uint64_t tick_ms = static_cast<uint64_t>(net::Tick()) / kMs;
  if (tick_ms <= began_ms_) [[likely]] {
    return counters_.turns[0].Add(1);
  }
  const uint64_t now = uv_hrtime();
  const uint64_t began = began_ms_ * kMs;
  Count(counters_, now > began ? (now - began) / 1000 : 0);
  on_long_();
}

void LoopLag::Count(LoopCounters& counters, uint64_t us) {
  const auto* const bound = std::find_if(std::begin(kLoopBounds), std::end(kLoopBounds),
                                         [us](uint64_t ms) { return us <= ms * 1000; });
  const auto at = static_cast<size_t>(bound - std::begin(kLoopBounds));
  counters.turns[at].Add(1);
  counters.us.Add(us);
}

}  // namespace nano::server

// A request's end in numbers. See app_meter.h.
#include "server/metrics/app_meter.h"

#include <algorithm>
#include <iterator>

namespace nano::server {
namespace {

Ended EndedOf(const http::Exchange& exchange, http::Ending ending) {
  switch (ending) {
    case http::Ending::kAborted:
      return Ended::kAborted;
    case http::Ending::kCut:
      return Ended::kCut;
    case http::Ending::kWhole:
      break;
  }
  return static_cast<Ended>(std::clamp(exchange.status / 100, 1, 5));
}

// Counts where the exchange says.
class EndCounter final : public http::ExchangeObserver {
  void OnEnded(http::Exchange& exchange, http::Ending ending) override;
};

void EndCounter::OnEnded(http::Exchange& exchange, http::Ending ending) {
  auto& counters = *static_cast<AppCounters*>(exchange.account);
  const uint64_t us = (uv_hrtime() - exchange.began) / 1000;
  // Most take less than the first bound: what looks at that first is the fastest.
  const auto* const bound = std::find_if(std::begin(kDurationBounds), std::end(kDurationBounds),
                                         [us](uint64_t each) { return us <= each; });
  counters.durations[static_cast<size_t>(bound - std::begin(kDurationBounds))].Add(1);
  counters.duration_us.Add(us);
  counters.requests[static_cast<size_t>(EndedOf(exchange, ending))].Add(1);
  counters.bytes_out.Add(exchange.sent);
  counters.in_flight.Add(UINT64_MAX);  // One less.
}

}  // namespace

http::ExchangeObserver& AppMeter::Ends() {
  static EndCounter counter;
  return counter;
}

}  // namespace nano::server

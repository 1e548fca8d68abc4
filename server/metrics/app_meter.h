// Counts one app's requests in one worker. Owns nothing. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include "http/handler.h"
#include "server/metrics/app_counters.h"

namespace nano::server {

class AppMeter final : private http::ExchangeObserver {
 public:
  // The counters outlive this, and this all exchanges that it was given.
  explicit AppMeter(AppCounters& counters) : counters_(counters) {}

  // A request goes to the app.
  void Begin(http::Exchange& exchange) {
    exchange.began = uv_hrtime();
    exchange.observer = this;
    counters_.in_flight.Add(1);
  }

  AppCounters& counters() { return counters_; }

 private:
  void OnEnded(const http::Exchange& exchange, http::Ending ending) override;

  AppCounters& counters_;
};

}  // namespace nano::server

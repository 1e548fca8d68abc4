// Counts one app's requests in one worker. Owns nothing. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <functional>
#include <utility>

#include "http/handler.h"
#include "server/metrics/app_counters.h"

namespace nano::server {

class AppMeter final : private http::ExchangeObserver {
 public:
  // As http::ExchangeObserver has it.
  using OnRefusal = std::function<void(http::Exchange&, const http::Obstacle&)>;

  // The counters outlive this, and this all exchanges that it was given.
  AppMeter(AppCounters& counters, OnRefusal on_refusal)
      : counters_(counters), on_refusal_(std::move(on_refusal)) {}

  // A request goes to the app.
  void Begin(http::Exchange& exchange) {
    exchange.began = uv_hrtime();
    exchange.observer = this;
    exchange.account = &counters_;  // All versions of an app have the same.
    counters_.in_flight.Add(1);
  }

  AppCounters& counters() { return counters_; }

 private:
  void OnEnded(const http::Exchange& exchange, http::Ending ending) override;
  void OnRefused(http::Exchange& exchange, const http::Obstacle& obstacle) override {
    on_refusal_(exchange, obstacle);
  }

  AppCounters& counters_;
  const OnRefusal on_refusal_;
};

}  // namespace nano::server

// Counts one app's requests in one worker. Owns nothing. That a request has ended is counted also
// when the meter is no more, and its app, whose client took its time. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>

#include "http/handler.h"
#include "server/metrics/app_counters.h"

namespace nano::server {

class AppMeter final : private http::Refuser {
 public:
  // As http::Refuser has it.
  using OnRefusal = std::function<void(http::Exchange&, const http::Obstacle&)>;

  // The loop outlives this, the counters also all exchanges that it was given, and it those that
  // are not ended yet.
  AppMeter(uv_loop_t* loop, AppCounters& counters, OnRefusal on_refusal)
      : loop_(loop), counters_(counters), on_refusal_(std::move(on_refusal)) {}

  // A request goes to the app. It was there when the loop last asked the system what there is, by
  // the loop's clock, which tells whole milliseconds: what others have computed since is a part of
  // what it waited for.
  void Begin(http::Exchange& exchange) {
    const uint64_t asked = (uv_now(loop_) + 1) * 1'000'000;
    exchange.began = std::min(uv_hrtime(), asked);
    exchange.observer = &Ends();
    exchange.refuser = this;
    exchange.account = &counters_;  // All versions of an app have the same.
    counters_.in_flight.Add(1);
  }

  // One that another version of the app was given, and did not begin.
  void Adopt(http::Exchange& exchange) { exchange.refuser = this; }

  AppCounters& counters() { return counters_; }

 private:
  static http::ExchangeObserver& Ends();
  void OnRefused(http::Exchange& exchange, const http::Obstacle& obstacle) override {
    on_refusal_(exchange, obstacle);
  }

  uv_loop_t* const loop_;
  AppCounters& counters_;
  const OnRefusal on_refusal_;
};

}  // namespace nano::server

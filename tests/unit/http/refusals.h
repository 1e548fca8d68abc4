// Who is told that a response is not taken. Owns what it notes. Thread: the loop's own.
#pragma once

#include <utility>
#include <vector>

#include "http/exchange.h"

namespace nano::http1::testing {

// Notes refusals, and answers them once the handler has returned.
struct Refusals final : http::Refuser {
  std::vector<http::Obstacle> seen;
  std::vector<http::Exchange*> waiting;

  void OnRefused(http::Exchange& exchange, const http::Obstacle& obstacle) override {
    seen.push_back(obstacle);
    waiting.push_back(&exchange);
  }
  void Answer() {
    for (http::Exchange* exchange : std::exchange(waiting, {})) {
      exchange->refused = false;
      exchange->response_limit = 0;
      if (exchange->streams) {
        exchange->Fail();
      } else {
        exchange->Respond({.status = 503}, "refused");
      }
    }
  }
};

}  // namespace nano::http1::testing

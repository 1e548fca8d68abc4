// Tests of what the end of a request counts.
#include "server/metrics/app_meter.h"

#include <catch2/catch.hpp>

#include "tests/unit/runtime/test_exchange.h"

namespace nano::server {
namespace {

using runtime::testing::TestExchange;

uint64_t Of(const AppCounters& counters, Ended ended) {
  return counters.requests[static_cast<size_t>(ended)].value();
}

struct Loop {
  Loop() { uv_loop_init(&loop); }
  ~Loop() { uv_loop_close(&loop); }
  uv_loop_t loop;
};

TEST_CASE("requests are counted by how they end") {
  AppCounters counters;
  Loop loop;
  AppMeter meter(&loop.loop, counters, nullptr);
  const auto end = [&](int status, http::Ending ending) {
    TestExchange exchange;
    meter.Begin(exchange);
    CHECK(counters.in_flight.value() == 1);
    exchange.status = status;
    exchange.sent = 10;
    exchange.TellEnded(ending);
    CHECK(counters.in_flight.value() == 0);
  };
  end(200, http::Ending::kWhole);
  end(299, http::Ending::kWhole);
  end(404, http::Ending::kWhole);
  end(503, http::Ending::kWhole);
  end(200, http::Ending::kCut);
  end(0, http::Ending::kAborted);
  // What no specification knows: a status of 700.
  end(700, http::Ending::kWhole);
  CHECK(Of(counters, Ended::k2xx) == 2);
  CHECK(Of(counters, Ended::k4xx) == 1);
  CHECK(Of(counters, Ended::k5xx) == 2);
  CHECK(Of(counters, Ended::kCut) == 1);
  CHECK(Of(counters, Ended::kAborted) == 1);
  CHECK(counters.bytes_out.value() == 70);
}

TEST_CASE("a request's time falls into the bucket whose bound it does not pass") {
  AppCounters counters;
  Loop loop;
  AppMeter meter(&loop.loop, counters, nullptr);
  const auto take = [&](uint64_t us) {
    TestExchange exchange;
    meter.Begin(exchange);
    exchange.status = 200;
    exchange.began -= us * 1000;
    exchange.TellEnded(http::Ending::kWhole);
  };
  take(1100);
  take(3'000'000);
  take(20'000'000);
  CHECK(counters.durations[1].value() == 1);
  CHECK(counters.durations[11].value() == 1);
  CHECK(counters.durations[kDurations - 1].value() == 1);
  CHECK(counters.duration_us.value() >= 23'001'100);
}

TEST_CASE("what others compute before a request is read is a part of its time") {
  AppCounters counters;
  Loop loop;
  AppMeter meter(&loop.loop, counters, nullptr);
  // The loop's clock says when the system was asked; then another app has its turn.
  uv_update_time(&loop.loop);
  const uint64_t asked = uv_now(&loop.loop) * 1'000'000;
  while (uv_hrtime() < asked + 20'000'000) {
  }
  TestExchange held;
  meter.Begin(held);
  CHECK(held.began >= asked);
  CHECK(held.began <= asked + 1'000'000);
  // One that is read at once begins now.
  uv_update_time(&loop.loop);
  TestExchange prompt;
  meter.Begin(prompt);
  CHECK(prompt.began >= uv_now(&loop.loop) * 1'000'000);
  CHECK(prompt.began <= uv_hrtime());
  held.TellEnded(http::Ending::kWhole);
  prompt.TellEnded(http::Ending::kWhole);
}

}  // namespace
}  // namespace nano::server

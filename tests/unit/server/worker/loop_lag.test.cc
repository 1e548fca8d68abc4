// Tests of what is told of the turns of a loop.
#include "server/worker/loop_lag.h"

#include <catch2/catch.hpp>

namespace nano::server {
namespace {

TEST_CASE("turns of the loop are counted by how long they held it") {
  uv_loop_t loop;
  uv_loop_init(&loop);
  LoopCounters counters;
  {
    int told = 0;
    LoopLag lag(&loop, counters, [&told] { ++told; });
    // Something to be told of, so that the turn is not the loop's own.
    uv_async_t news;
    uv_async_init(&loop, &news, [](uv_async_t*) {
      for (const uint64_t begin = uv_hrtime(); uv_hrtime() - begin < 60'000'000;) {
      }
    });
    for (int turn = 0; turn < 3; ++turn) uv_run(&loop, UV_RUN_NOWAIT);
    uv_async_send(&news);
    for (int turn = 0; turn < 2; ++turn) uv_run(&loop, UV_RUN_NOWAIT);
    uint64_t long_ones = 0;
    for (size_t at = 3; at < kLoopTurns; ++at) long_ones += counters.turns[at].value();
    CHECK(long_ones >= 1);
    CHECK(counters.us.value() >= 60'000);
    CHECK(told >= 1);
    uv_close(reinterpret_cast<uv_handle_t*>(&news), nullptr);
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0);
}

TEST_CASE("a turn falls into the bucket whose bound it does not pass") {
  LoopCounters counters;
  LoopLag::Count(counters, 10'000);
  LoopLag::Count(counters, 10'001);
  LoopLag::Count(counters, 60'000'000);
  CHECK(counters.turns[0].value() == 1);
  CHECK(counters.turns[1].value() == 1);
  CHECK(counters.turns[kLoopTurns - 1].value() == 1);
}

}  // namespace
}  // namespace nano::server

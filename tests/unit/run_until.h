// Turns a loop until something is so. Owns nothing. Thread: the loop's own.
#pragma once

#include <uv.h>

#include <chrono>
#include <functional>
#include <thread>

namespace nano::test {

// At most ten seconds; false then.
inline bool RunUntil(uv_loop_t& loop, const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    uv_run(&loop, UV_RUN_NOWAIT);
    if (!done()) std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  return true;
}

}  // namespace nano::test

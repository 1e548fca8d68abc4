// The times that requests of an app may take: `limits.first_byte` until their response begins,
// `limits.duration` until it has ended; `limits.scheduled` in place of both for a call of
// `scheduled`.
//
// A request costs a comparison: all that are under way are looked at from time to time, as long as
// there are any. So one ends up to a quarter of its limit late, and at most a second. Thread: the
// worker's loop.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/function_ref.h"
#include "config/schema/limits.h"
#include "http/exchange.h"
#include "net/handles.h"
#include "server/limits/reason.h"

namespace nano::server {

class Deadlines {
 public:
  // Calls with each exchange that is under way.
  using EachExchange = std::function<void(FunctionRef<void(const http::Exchange&)>)>;
  struct Late {
    uint32_t handle = 0;  // Of the exchange, which may have ended by the time it is told.
    Reason reason = Reason::kFirstByteLimit;
    uint64_t limit = 0;      // Milliseconds …
    uint64_t taken = 0;      // … as these.
    std::string_view key{};  // As Refusal has it.
  };
  // Ends one that has taken too long.
  using OnLate = std::function<void(const Late&)>;

  Deadlines(uv_loop_t* loop, const config::AppLimits& limits, EachExchange each, OnLate on_late);
  // Others, from now on: also for what is under way.
  void Set(const config::AppLimits& limits);
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  // What is wrong with a request that has waited and is to go to the app; none: nothing is.
  std::optional<Late> Judge(const http::Exchange& exchange, uint64_t now_ns) const;

  // A request goes to the app; Exchange::began says when it came.
  void Begin() {
    if (!looks_) [[unlikely]] {
      Start();
    }
  }

 private:
  void Start();
  void Look();

  uint64_t first_byte_;
  uint64_t duration_;
  uint64_t scheduled_;
  uint64_t period_;  // 0: nothing is bounded.
  const EachExchange each_;
  const OnLate on_late_;
  bool looks_;  // A look is to come, or none ever is.
  net::Timer timer_;
};

}  // namespace nano::server

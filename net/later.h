// Work for the loop's next turn: what must not be done in the middle of an app's. As much of it as
// takes a tick of the clock; then others have their turn. Thread: the loop's own.
#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <utility>

#include "net/handles.h"
#include "net/tick.h"

namespace nano::net {

class Later {
 public:
  explicit Later(uv_loop_t* loop) : timer_(loop, [this] { Run(); }) {}

  // In the order of the calls.
  void Post(std::function<void()> work) {
    if (work_.empty()) timer_.Start(0);
    work_.push_back(std::move(work));
  }

 private:
  // What the work posts is for the turn after this one.
  void Run() {
    const int64_t begin = Tick();
    for (size_t left = work_.size(); left > 0; --left) {
      const std::function<void()> work = std::move(work_.front());
      work_.pop_front();
      work();
      if (Tick() != begin) break;
    }
    if (!work_.empty()) timer_.Start(0);
  }

  net::Timer timer_;
  std::deque<std::function<void()>> work_;
};

}  // namespace nano::net

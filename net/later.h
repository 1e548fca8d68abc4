// Work for the loop's next turn: what must not be done in the middle of an app's. Thread: the
// loop's own.
#pragma once

#include <uv.h>

#include <functional>
#include <utility>
#include <vector>

#include "net/handles.h"

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
  void Run() {
    for (const auto& work : std::exchange(work_, {})) work();
  }

  net::Timer timer_;
  std::vector<std::function<void()>> work_;
};

}  // namespace nano::net

// Gives the memory of idle isolates back to the system.
//
// After a boot and a few requests an isolate holds some hundred kilobytes that it does not need
// while it is idle; with hundreds of apps in a worker that is most of its memory. Collecting takes
// milliseconds, so it is done seconds after an app's last request, a few isolates at a time. Owns a
// timer that runs only while there is something to do. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <cstdint>
#include <vector>

#include "net/handles.h"

namespace nano::server {

class AppSlot;

class IdleMemory {
 public:
  static constexpr uint64_t kIdleMs = 3000;         // Without a request or timer.
  static constexpr uint64_t kPeriodMs = 50;         // Between two looks.
  static constexpr uint64_t kBudgetNs = 5'000'000;  // For one look; at least one isolate is done.

  explicit IdleMemory(uv_loop_t* loop);

  // The slot's isolate has begun to run. Once added, again only after AppSlot::ReleaseMemory.
  void Add(AppSlot& slot);
  // The slot is about to end; nothing if it is not added.
  void Remove(AppSlot& slot);

 private:
  void Look();

  uv_loop_t* loop_;
  net::Timer timer_;
  std::vector<AppSlot*> in_use_;
};

}  // namespace nano::server

// Boots new versions of apps one after the other, has those evaluated that their snapshots could
// not hold, and asks them on their health paths, while the worker goes on serving the old ones.
//
// Owns the check that is under way, not the slots. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/handles.h"
#include "server/control/messages.h"
#include "server/worker/app_slot.h"
#include "server/worker/health_check.h"

namespace nano::server {

// A version to prepare.
struct NewSlot {
  AppSlot* slot = nullptr;
  std::string host;  // For requests to it: one of the app's.
};

class Preparation {
 public:
  using OnStep = std::function<void(uint32_t version, const char* step)>;
  using OnLog = std::function<void(uint32_t version, std::string_view line)>;
  using Done = std::function<void(std::vector<PrepareFailure>)>;

  // `done` is called once, from the loop; the object may be destroyed then. The slots outlive it.
  // `on_step` is told before a version is booted and asked, which may never end; `on_log` gets what
  // the apps log meanwhile.
  Preparation(uv_loop_t* loop, std::vector<NewSlot> slots, OnStep on_step, OnLog on_log, Done done);
  // Gives up what is under way.
  ~Preparation();
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;

 private:
  void Next();
  void Boot(const NewSlot& added);
  void Ask(const NewSlot& added);
  void Fail(const char* step, const Error& error);

  uv_loop_t* const loop_;
  const std::vector<NewSlot> slots_;
  const OnStep on_step_;
  const OnLog on_log_;
  const Done done_;
  size_t next_ = 0;
  net::Timer turn_;                  // One boot a turn of the loop: requests come in between.
  const NewSlot* loaded_ = nullptr;  // To be asked in the next turn.
  std::unique_ptr<HealthCheck> check_;
  std::vector<PrepareFailure> failures_;
};

}  // namespace nano::server

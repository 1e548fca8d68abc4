// The timeouts of all connections of one loop, on one libuv timer: a list for each kind, ordered by
// itself because all timeouts of a kind last equally long. Starting, moving and stopping one costs
// a few stores; the timer is touched only when something is due earlier than it is armed for.
// Thread: the loop's own.
#pragma once

#include <uv.h>

#include <array>
#include <cstdint>

#include "server/http/limits.h"
#include "server/http/uv_handle.h"

namespace nano::server {

enum class TimeoutKind : uint8_t { kIdle, kHeader, kBody, kWrite, kLinger, kPresence };

// One timeout of one owner, in at most one list. Must be cleared before it is destroyed.
struct Timeout {
  Timeout* previous = nullptr;
  Timeout* next = nullptr;  // Null: not running.
  uint64_t deadline = 0;    // In the loop's milliseconds.
  TimeoutKind kind = TimeoutKind::kIdle;
  void (*fire)(Timeout&) = nullptr;  // Called once, when it is no longer running.
  void* owner = nullptr;

  bool running() const { return next != nullptr; }
};

class Timeouts {
 public:
  Timeouts(uv_loop_t* loop, const HttpLimits& limits);
  Timeouts(const Timeouts&) = delete;
  Timeouts& operator=(const Timeouts&) = delete;

  // Starts `timeout` afresh, whatever it was doing before. A duration of 0 means: never fires.
  void Start(Timeout& timeout, TimeoutKind kind);
  void Clear(Timeout& timeout);

 private:
  static constexpr size_t kKinds = 6;

  void Arm(uint64_t deadline);
  void Fire();

  uv_loop_t* loop_;
  std::array<uint64_t, kKinds> durations_;
  std::array<Timeout, kKinds> lists_;  // Sentinels of circular lists.
  UvHandle<uv_timer_t> timer_;
  uint64_t armed_for_ = 0;  // The timer's deadline; 0: not armed.
};

}  // namespace nano::server

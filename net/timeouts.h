// Timeouts of many owners on one timer of the loop: a list for each kind, ordered by itself because
// all timeouts of a kind last equally long. Which kinds there are is their owner's business.
// Starting, moving and stopping one costs a few stores; the timer is touched only when something is
// due earlier than it is armed for. Many that are due at once leave the loop time for others.
// Thread: the loop's own.
#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "net/handles.h"

namespace nano::net {

// One timeout of one owner, in at most one list. Must be cleared before it is destroyed.
struct Timeout {
  Timeout* previous = nullptr;
  Timeout* next = nullptr;  // Null: not running.
  uint64_t deadline = 0;    // In the loop's milliseconds.
  uint8_t kind = 0;
  void (*fire)(Timeout&) = nullptr;  // Called once, when it is no longer running.
  void* owner = nullptr;

  bool running() const { return next != nullptr; }
};

class Timeouts {
 public:
  // The durations of the kinds 0, 1, …, in milliseconds; 0: never fires.
  Timeouts(uv_loop_t* loop, std::vector<uint64_t> durations);
  Timeouts(const Timeouts&) = delete;
  Timeouts& operator=(const Timeouts&) = delete;

  // Starts `timeout` afresh, whatever it was doing before.
  void Start(Timeout& timeout, uint8_t kind);
  void Clear(Timeout& timeout);

 private:
  void Arm(uint64_t deadline);
  void Fire();

  uv_loop_t* loop_;
  const std::vector<uint64_t> durations_;
  std::vector<Timeout> lists_;  // Sentinels of circular lists.
  Timer timer_;
  uint64_t armed_for_ = 0;  // The timer's deadline; 0: not armed.
  size_t first_ = 0;        // Of the lists, when the timer fires.
};

}  // namespace nano::net

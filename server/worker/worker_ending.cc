// Ends connections, then waits for what requests have left behind. See worker_ending.h for
// ownership and threads.
#include "server/worker/worker_ending.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace nano::server {
namespace {

// For a client to ask once more on a connection that it keeps, when another server has taken over:
// with the answer it is told that it was the last. Then the connection is ended.
constexpr uint64_t kRetiredIdleMs = 2000;

// By how much a worker waits longer than the supervisor, who says when the time is up: it counts
// what has not finished, of which nothing is to be cut a moment before.
constexpr uint64_t kAfterSupervisorMs = 1000;

uint64_t InMilliseconds(std::chrono::milliseconds time) {
  return static_cast<uint64_t>(time.count());
}

}  // namespace

void WorkerEnding::WindDownInNextTurn() {
  InNextTurn([this] { listener_.WindDown(); });
}

void WorkerEnding::Stop() {
  EndWhenDrained();
  dismissed_.reset();
  if (options_.of_group) forwarding_.Close();
  const uint64_t deadline = InMilliseconds(options_.shutdown_timeout) + kAfterSupervisorMs;
  listener_.Stop(deadline, [this] { drained_ = true; });
}

void WorkerEnding::StopInNextTurn() {
  InNextTurn([this] { Stop(); });
}

void WorkerEnding::RetireInNextTurn() {
  InNextTurn([this] { Retire(); });
}

void WorkerEnding::DismissInNextTurn() {
  InNextTurn([this] { Dismiss(); });
}

void WorkerEnding::CutInNextTurn() {
  InNextTurn([this] { Cut(); });
}

void WorkerEnding::InNextTurn(std::function<void()> ending) {
  next_turn_.emplace(loop_, std::move(ending));
  next_turn_->Start(0);
}

void WorkerEnding::Retire() {
  if (begun_) return;
  why_ = http1::Listener::kRetired;
  forwarding_.Redirect();
  if (options_.of_group) return Dismiss();
  EndWhenDrained();
  const uint64_t deadline = InMilliseconds(options_.drain_timeout);
  listener_.Retire(std::min(kRetiredIdleMs, deadline), deadline + kAfterSupervisorMs,
                   [this] { drained_ = true; });
}

// Its connections may go on elsewhere, so that it ends as soon as they have their answers. What
// still comes through its channel is answered, or goes on to where it belongs now.
void WorkerEnding::Dismiss() {
  if (begun_) return;
  EndWhenDrained();
  dismissed_.emplace(loop_, [this] { Stop(); });
  dismissed_->Start(InMilliseconds(options_.drain_timeout));
  forwarding_.PassOn();
}

void WorkerEnding::Cut() {
  is_cut_ = true;
  EndWhenDrained();
  dismissed_.reset();
  if (options_.of_group) forwarding_.Close();
  listener_.Stop(/*deadline=*/0, [this] { drained_ = true; }, why_);
}

void WorkerEnding::EndWhenDrained() {
  if (begun_) return;
  begun_ = true;
  // Before each wait for events: whatever ends the last request or promise, this comes after it.
  idle_check_.emplace(loop_, [this] { StopWhenIdle(); });
  idle_check_->Start();
}

void WorkerEnding::StopWhenIdle() {
  if (dismissed_ ? listener_.connections() != 0 : !drained_) return;
  if (is_cut_) {
    TellPromises();
    return uv_stop(loop_);
  }
  if (!forwarding_.idle() || follower_.pending() != 0) return;
  for (const Route& route : router_.routes()) {
    size_t pending = 0;
    route.Each([&pending](const AppSlot& slot) { pending += slot.pending(); });
    if (pending != 0) return;
  }
  uv_stop(loop_);
}

// Whose work behind its responses is not waited for.
void WorkerEnding::TellPromises() {
  for (const Route& route : router_.routes()) {
    route.Each([this](const AppSlot& slot) {
      const Held held = slot.Status().held;
      if (held.promises == 0) return;
      log_.Write(LogLevel::kWarn, slot.version().name,
                 "what it gave to waitUntil() did not settle before the server's time was up",
                 {{"reason", why_}, {"wait_until", int64_t{held.promises}}});
    });
  }
}

}  // namespace nano::server

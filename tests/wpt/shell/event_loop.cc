// Timers, wake-ups, and when to give up.
#include "tests/wpt/shell/event_loop.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>

#include "base/check.h"

namespace nano::wpt {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

// How long nothing must happen until the loop counts as idle.
constexpr auto kIdleTime = milliseconds(1000);
// A thread that works for the isolate in the background uses more than that of the processor in
// kIdleTime, however busy the machine is.
constexpr double kIdleCpuMs = 5;

// Who uses less than that of the processor is waiting for something, not for the processor.
constexpr double kWaitingShare = 0.02;

double ProcessCpuMs() {
  timespec time{};
  NANO_CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

}  // namespace

EventLoop::EventLoop() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { NANO_CHECK(wake_ >= 0); }

EventLoop::~EventLoop() { close(wake_); }

EventLoop::Outcome EventLoop::Run(runtime::ScriptIsolate& isolate, milliseconds timeout) {
  stopped_ = false;
  const auto start = Clock::now();
  const double cpu_at_start = ProcessCpuMs();
  auto deadline = start + timeout;
  for (;;) {
    if (stopped_) return Outcome::kStopped;
    const auto now = Clock::now();
    if (now >= deadline) {
      const double cpu = ProcessCpuMs() - cpu_at_start;
      const std::chrono::duration<double, std::milli> wall = now - start;
      const bool is_waiting = cpu < kWaitingShare * wall.count();
      const bool had_its_time = cpu >= static_cast<double>(timeout.count());
      if (is_waiting || had_its_time || wall >= kMostPatience * timeout) return Outcome::kTimeout;
      deadline = now + kIdleTime;
    }
    if (timer_ && *timer_ <= now) {
      timer_.reset();
      isolate.FireTimers();
      continue;
    }
    const bool may_be_idle = !timer_;
    const auto until = std::min(deadline, timer_ ? *timer_ : now + kIdleTime);
    // One more millisecond than the rest that rounding cuts off: a timer must not be early.
    const auto wait = duration_cast<milliseconds>(until - now) + milliseconds(1);
    const double cpu_before = ProcessCpuMs();
    pollfd watched{.fd = wake_, .events = POLLIN, .revents = 0};
    const int ready = poll(&watched, 1, static_cast<int>(wait.count()));
    NANO_CHECK(ready >= 0 || errno == EINTR);
    if (ready > 0) {
      uint64_t count = 0;
      NANO_CHECK(read(wake_, &count, sizeof count) == sizeof count);
      isolate.RunTasks();
    } else if (ready == 0 && may_be_idle && Clock::now() >= now + kIdleTime &&
               ProcessCpuMs() - cpu_before < kIdleCpuMs) {
      return Outcome::kIdle;
    }
  }
}

void EventLoop::ArmTimer(double delay_ms) {
  if (delay_ms < 0) {
    timer_.reset();
    return;
  }
  // A day is longer than any test, and keeps the sum in range.
  constexpr double kLongest = 24.0 * 60 * 60 * 1000;
  const std::chrono::duration<double, std::milli> delay(std::min(delay_ms, kLongest));
  timer_ = Clock::now() + duration_cast<Clock::duration>(delay);
}

void EventLoop::Wake() {
  const uint64_t one = 1;
  // It can only fail when the counter is full, and then the loop will wake up anyway.
  (void)!write(wake_, &one, sizeof one);
}

}  // namespace nano::wpt

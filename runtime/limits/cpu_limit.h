// `limits.cpu`: what a request may take of the processor, wherever its work leads: awaits, timers,
// waitUntil. Work that no request led to has an account of its own, which is forgiven with time
// (forgiveness.h); so is a request's own when its response has ended and the app has not said that
// more is to come (waitUntil): what it leaves behind may go on for as long as the isolate.
//
// Nobody looks at a clock for it: the watchdog's ticks (runtime/watchdog.h) are what is counted,
// each to the request that is found being answered in the interrupt that the tick asks for. Over
// many short turns that is right on average; within a long one it is exact.
//
// One turn may be the work of many requests: what a promise wakes that all of them wait for runs in
// one go, which the engine does not let anybody interrupt for others. So a turn has a bound as
// well, of some requests' limit together.
//
// Owned by an isolate. Thread: the isolate's, but for OnTick.
#pragma once

#include <v8.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "runtime/embedder/stops.h"
#include "runtime/limits.h"
#include "runtime/limits/external_limit.h"
#include "runtime/limits/heap_limit.h"
#include "runtime/limits/stop_switch.h"

namespace nano::runtime {

class CpuLimit {
 public:
  // At Limits::cpu it turns `stop`. Its ticks are those at which `heap` and `external` look, too.
  // What it is given outlives it.
  CpuLimit(v8::Isolate* isolate, const Limits& limits, StopSwitch& stop, StopPort& port,
           HeapLimit& heap, ExternalLimit& external);
  ~CpuLimit();
  CpuLimit(const CpuLimit&) = delete;
  CpuLimit& operator=(const CpuLimit&) = delete;

  // Another bound, from now on: also of requests that are under way.
  void Set(const Limits& limits);

  void BeginTurn() { turn_ticks_ = 0; }
  // A turn of the isolate's ends. Its ticks that no interrupt came for are counted now, and who is
  // near its limit is told of.
  void EndTurn() {
    if (open_.load(std::memory_order_relaxed) > 1) [[unlikely]] {
      Count();
    }
    if (near_) [[unlikely]] {
      TellNear();
    }
  }

  // Within a turn: its ticks so far are counted.
  void CountNow() {
    if (open_.load(std::memory_order_relaxed) != 0) [[unlikely]] {
      Count();
    }
  }

  // Who is told of ticks of a request, by its exchange's handle. Must not call the isolate.
  void ChargeTo(std::function<void(uint32_t exchange, uint32_t ticks)> charge) {
    charge_ = std::move(charge);
  }
  // Where all ticks of the isolate are summed up; outlives it.
  void SumIn(std::atomic<uint64_t>* sum) { sum_ = sum; }
  // In a signal's handler: the isolate was found inside.
  void Sum(uint32_t ticks) const {
    if (sum_ != nullptr) sum_->fetch_add(ticks, std::memory_order_relaxed);
  }
  // Within a turn: what was done for the request that is being answered, outside of one.
  void Charge(uint32_t ticks) {
    Sum(ticks);
    open_.fetch_add(ticks, std::memory_order_relaxed);
    Count();
  }
  // The watchdog's thread: the isolate was found inside, `ticks` times.
  void OnTick(uint32_t ticks);
  // The same: it is stopped for a reason that is no limit of its own.
  void StopFor(Stop stop) { stop_.TurnAndTrace(isolate_, std::move(stop)); }
  // The same, with each tick before OnTick: of how many it is known that they came after it should
  // have ended. Of CPU time, since a machine that is busy with others says nothing about an app.
  uint32_t CountStopped(uint32_t ticks) {
    if (stop_.since() == 0) return 0;
    return stopped_ticks_ += ticks;
  }
  // The same: since when it should have ended, as StopSwitch::since.
  uint64_t stopped_since() const { return stop_.since(); }
  // The same: why, once it should, and what it has taken by now; not of whose request.
  Stop StopSoFar() const;

  // After the turn in which the isolate was stopped, once: whose request that was is told, and what
  // went on until the stop took effect is counted, to that request and in Stop::used.
  void Settle();

 private:
  static void OnInterrupt(v8::Isolate* isolate, void* data);
  void Count();
  void LookAtMemory();
  struct Account {
    CpuOf of = CpuOf::kNobody;
    uint64_t ticks = 0;     // With those that are being counted.
    uint32_t exchange = 0;  // The handle of the request that is being answered.
  };
  Account CountForRequest(v8::Local<v8::Object> request, uint32_t more);
  Account CountForNone(uint32_t more);
  void Judge(const Account& account, uint32_t more);
  void JudgeNear(Stop stop, uint32_t exchange, bool crossed);
  void TellNear();

  v8::Isolate* const isolate_;
  std::atomic<uint64_t> cpu_;  // Milliseconds; 0: no bound.
  unsigned warn_at_;           // Percent of it.
  StopSwitch& stop_;
  StopPort& port_;
  HeapLimit& heap_;
  ExternalLimit& external_;
  std::atomic<uint64_t>* sum_ = nullptr;
  std::function<void(uint32_t, uint32_t)> charge_;
  std::atomic<uint32_t> open_{0};   // Ticks that are not counted yet.
  uint32_t stopped_ticks_ = 0;      // The watchdog's thread alone.
  std::atomic<bool> asked_{false};  // For an interrupt, which is still to come.
  uint64_t turn_ticks_ = 0;         // Counted in the turn that is under way.
  std::optional<Stop> near_;        // To be told …
  uint32_t near_exchange_ = 0;      // … of this request …
  uint64_t near_looks_ = 0;         // … after so many looks.
  uint64_t background_ticks_ = 0;   // Of no request …
  uint64_t background_since_ = 0;   // … as of this moment; monotonic nanoseconds.
};

}  // namespace nano::runtime

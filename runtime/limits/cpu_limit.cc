// Counts ticks for requests. See cpu_limit.h for threads.
#include "runtime/limits/cpu_limit.h"

#include <algorithm>
#include <string>

#include "runtime/js/stack_text.h"
#include "runtime/js/strings.h"
#include "runtime/limits/current_request.h"
#include "runtime/limits/forgiveness.h"
#include "runtime/limits/monotonic.h"
#include "runtime/limits/watch.h"
#include "runtime/watchdog.h"

namespace nano::runtime {
namespace {

// A turn of the isolate may take so many times the limit of a request.
constexpr uint64_t kRequestsOfTurn = 5;
// How long a stop waits for an interrupt that tells where the app was.
constexpr uint64_t kTracedTicks = 500 / kTickMs;
// Of one for the process's memory, which has less time.
constexpr uint64_t kUrgentTicks = 50 / kTickMs;
// So many ticks past a limit one is waited for that finds the app's own code: awaits are mostly the
// engine's.
constexpr uint64_t kLooks = 5;
// Of the Web APIs' record of a request: its ticks, and as of when those are of what it has left
// behind; monotonic nanoseconds.
constexpr const char* kTicks = "cpuTicks";
constexpr const char* kSince = "cpuSince";

// The response has ended, and the app has nothing more to do for it that it has told of.
bool IsOver(v8::Isolate* isolate, v8::Local<v8::Object> request, uint32_t exchange) {
  if (exchange != 0) return false;
  const v8::Local<v8::Context> context = request->GetCreationContextChecked(isolate);
  v8::Local<v8::Value> kept;
  return request->Get(context, OneByteString(isolate, "kept")).ToLocal(&kept) &&
         kept->StrictEquals(v8::Integer::New(isolate, 0));
}

void SetNumber(v8::Isolate* isolate, v8::Local<v8::Object> request, const char* name,
               uint64_t value) {
  (void)request
      ->Set(request->GetCreationContextChecked(isolate), OneByteString(isolate, name),
            v8::Number::New(isolate, static_cast<double>(value)))
      .IsNothing();
}

}  // namespace

CpuLimit::CpuLimit(v8::Isolate* isolate, const Limits& limits, StopSwitch& stop, StopPort& port,
                   HeapLimit& heap, ExternalLimit& external)
    : isolate_(isolate),
      cpu_(limits.cpu),
      warn_at_(limits.warn_at),
      stop_(stop),
      port_(port),
      heap_(heap),
      external_(external) {}

CpuLimit::~CpuLimit() { ForgetWatched(*this); }

void CpuLimit::Set(const Limits& limits) {
  cpu_.store(limits.cpu, std::memory_order_relaxed);
  warn_at_ = limits.warn_at;
}

void CpuLimit::OnTick(uint32_t ticks) {
  if (stop_.stopped()) {
    open_.fetch_add(ticks, std::memory_order_relaxed);  // For Settle.
    // It was to be told where it was, and V8 does not ask: some of its loops only look whether they
    // are to end.
    const bool urgent = stop_.stop().reason == StopReason::kProcessMemory;
    if (stopped_ticks_ >= (urgent ? kUrgentTicks : kTracedTicks)) {
      isolate_->TerminateExecution();
    }
    return;
  }
  const uint32_t open = open_.fetch_add(ticks, std::memory_order_relaxed) + ticks;
  const uint64_t used = uint64_t{open} * kTickMs;
  const uint64_t limit = cpu_.load(std::memory_order_relaxed);
  if (limit != 0 && used >= limit) {
    // No interrupt has come for as long as a request may take at most: it is not to be told who.
    stop_.TurnUntold(isolate_, {.reason = StopReason::kCpu, .limit = limit, .used = used});
  } else if (!asked_.exchange(true, std::memory_order_relaxed)) {
    isolate_->RequestInterrupt(OnInterrupt, this);
  }
}

void CpuLimit::OnInterrupt(v8::Isolate*, void* data) {
  auto& self = *static_cast<CpuLimit*>(data);
  self.asked_.store(false, std::memory_order_relaxed);
  self.Count();
}

void CpuLimit::Count() {
  if (stop_.stopped()) return;
  const uint32_t more = open_.exchange(0, std::memory_order_relaxed);
  if (more == 0) return;
  LookAtMemory();
  const v8::HandleScope handles(isolate_);
  turn_ticks_ += more;
  v8::Local<v8::Object> request;
  Judge(CurrentRequest(isolate_).ToLocal(&request) ? CountForRequest(request, more)
                                                   : CountForNone(more),
        more);
}

void CpuLimit::LookAtMemory() {
  v8::HeapStatistics statistics;
  isolate_->GetHeapStatistics(&statistics);
  heap_.Look(statistics);
  external_.Look();
}

CpuLimit::Account CpuLimit::CountForRequest(v8::Local<v8::Object> request, uint32_t more) {
  Account account{.of = CpuOf::kRequest,
                  .ticks = NumberOf(isolate_, request, kTicks),
                  .exchange = static_cast<uint32_t>(NumberOf(isolate_, request, "id"))};
  if (IsOver(isolate_, request, account.exchange)) {
    account.of = CpuOf::kAfterRequest;
    const uint64_t now = MonotonicNanoseconds();
    uint64_t since = NumberOf(isolate_, request, kSince);
    if (since == 0) since = now;
    account.ticks = Forgive(account.ticks, since, now, cpu_.load(std::memory_order_relaxed));
    SetNumber(isolate_, request, kSince, since);
  }
  account.ticks += more;
  SetNumber(isolate_, request, kTicks, account.ticks);
  if (charge_) charge_(account.exchange, more);
  return account;
}

CpuLimit::Account CpuLimit::CountForNone(uint32_t more) {
  background_ticks_ = Forgive(background_ticks_, background_since_, MonotonicNanoseconds(),
                              cpu_.load(std::memory_order_relaxed));
  background_ticks_ += more;
  return {.of = CpuOf::kNobody, .ticks = background_ticks_};
}

void CpuLimit::Judge(const Account& account, uint32_t more) {
  const uint64_t limit = cpu_.load(std::memory_order_relaxed);
  if (limit == 0) return;
  const uint64_t used = account.ticks * kTickMs;
  const uint64_t before = (account.ticks - more) * kTickMs;
  const bool reached = used >= limit;
  const uint64_t warn_at = limit * warn_at_ / 100;
  const bool crossed = !reached && warn_at != 0 && used >= warn_at && before < warn_at;
  const uint64_t of_turn = turn_ticks_ * kTickMs;
  const bool turn_over = of_turn >= limit * kRequestsOfTurn;
  if (!reached && !turn_over && !crossed && !near_) return;
  Stop stop{.reason = StopReason::kCpu, .limit = limit, .used = used};
  stop.cpu_of = account.of;
  stop.stack = CurrentStack(isolate_);
  TellRequest(isolate_, stop);
  if (reached || turn_over) {
    const auto is_past = [](uint64_t taken, uint64_t bound) {
      return taken >= bound + kLooks * kTickMs;
    };
    if (stop.stack.empty() && !is_past(used, limit) && !is_past(of_turn, limit * kRequestsOfTurn)) {
      return;
    }
    if (!reached) {
      stop.limit = limit * kRequestsOfTurn;
      stop.used = of_turn;
      stop.cpu_of = CpuOf::kTurn;
    }
    return stop_.Turn(isolate_, std::move(stop));
  }
  JudgeNear(std::move(stop), account.exchange, crossed);
}

Stop CpuLimit::StopSoFar() const {
  const Stop& stop = stop_.stop();
  const uint64_t more = stop.reason == StopReason::kCpu ? uint64_t{stopped_ticks_} * kTickMs : 0;
  return {.reason = stop.reason, .limit = stop.limit, .used = stop.used + more};
}

// What the watchdog has not come to is taken from where the signal left it.
void CpuLimit::Settle() {
  const uint32_t more = open_.exchange(0, std::memory_order_relaxed) +
                        current_turn.ticks.exchange(0, std::memory_order_relaxed);
  const bool untold = stop_.EndTurn(isolate_);
  const Stop& stop = stop_.stop();
  if (charge_ && stop.exchange != 0) charge_(stop.exchange, more);
  if (stop.reason != StopReason::kCpu) return;
  // Of one that is told by its end alone, what its request had before is in no other place.
  uint64_t before = stop.used / kTickMs;
  if (untold) {
    const v8::HandleScope handles(isolate_);
    v8::Local<v8::Object> request;
    before = CurrentRequest(isolate_).ToLocal(&request) ? NumberOf(isolate_, request, kTicks)
                                                        : background_ticks_;
  }
  stop_.SetUsed((before + more) * kTickMs);
}

// The one that is to be told waits for a tick that finds the app's own code, another request, or
// the turn's end.
void CpuLimit::JudgeNear(Stop stop, uint32_t exchange, bool crossed) {
  const bool same = near_ && near_exchange_ == exchange;
  if (near_ && (!same || !stop.stack.empty() || ++near_looks_ > kLooks)) {
    if (same) near_ = stop;
    TellNear();
  }
  if (!crossed) return;
  if (!stop.stack.empty()) return port_.OnNear(stop);
  near_ = std::move(stop);
  near_exchange_ = exchange;
  near_looks_ = 0;
}

void CpuLimit::TellNear() { port_.OnNear(*std::exchange(near_, std::nullopt)); }

}  // namespace nano::runtime

// Looks at what is under way. See deadlines.h.
#include "server/worker/deadlines.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "net/tick.h"

namespace nano::server {
namespace {

constexpr uint64_t kLongestPeriod = 1000;

uint64_t PeriodFor(std::initializer_list<uint64_t> times) {
  uint64_t shortest = UINT64_MAX;
  for (const uint64_t time : times) {
    if (time != 0) shortest = std::min(shortest, time);
  }
  if (shortest == UINT64_MAX) return 0;
  return std::clamp<uint64_t>(shortest / 4, 1, kLongestPeriod);
}

}  // namespace

Deadlines::Deadlines(uv_loop_t* loop, const config::AppLimits& limits, EachExchange each,
                     OnLate on_late)
    : first_byte_(static_cast<uint64_t>(limits.first_byte.count())),
      duration_(static_cast<uint64_t>(limits.duration.count())),
      scheduled_(static_cast<uint64_t>(limits.scheduled.count())),
      period_(PeriodFor({first_byte_, duration_, scheduled_})),
      each_(std::move(each)),
      on_late_(std::move(on_late)),
      looks_(period_ == 0),
      timer_(loop, [this] { Look(); }) {
  timer_.Unref();  // What is under way keeps the loop alive.
}

void Deadlines::Set(const config::AppLimits& limits) {
  first_byte_ = static_cast<uint64_t>(limits.first_byte.count());
  duration_ = static_cast<uint64_t>(limits.duration.count());
  scheduled_ = static_cast<uint64_t>(limits.scheduled.count());
  period_ = PeriodFor({first_byte_, duration_, scheduled_});
  timer_.Stop();
  looks_ = period_ == 0;
  Begin();
}

void Deadlines::Start() {
  looks_ = true;
  timer_.Start(period_);
}

std::optional<Deadlines::Late> Deadlines::Judge(const http::Exchange& exchange,
                                                uint64_t now_ns) const {
  const uint64_t taken = (now_ns - exchange.began) / 1'000'000;
  if (exchange.aim != nullptr && !exchange.aim->scheduled.empty()) {
    if (scheduled_ == 0 || taken < scheduled_) return std::nullopt;
    return Late{exchange.handle, Reason::kDurationLimit, scheduled_, taken, "limits.scheduled"};
  }
  if (first_byte_ != 0 && !exchange.streams && taken >= first_byte_) {
    return Late{exchange.handle, Reason::kFirstByteLimit, first_byte_, taken};
  }
  if (duration_ != 0 && taken >= duration_) {
    return Late{exchange.handle, Reason::kDurationLimit, duration_, taken};
  }
  return std::nullopt;
}

void Deadlines::Look() {
  std::vector<Late> late;
  bool any = false;
  const uint64_t now = uv_hrtime();
  each_([&](const http::Exchange& exchange) {
    any = true;
    if (const std::optional<Late> one = Judge(exchange, now)) late.push_back(*one);
  });
  looks_ = any;
  if (any) timer_.Start(period_);
  // Each may make the app compute: when the clock has ticked, others have their turn first.
  const int64_t begin = net::Tick();
  for (const Late& each : late) {
    on_late_(each);
    if (net::Tick() != begin) return timer_.Start(0);
  }
}

}  // namespace nano::server

// Limits of a running app: others, and what comes of those by which it is not stopped, bodies that
// are too large, calls and timers that are too many. See app_slot.h.
#include <string>
#include <utility>
#include <vector>

#include "server/limits/refusal.h"
#include "server/metrics/call_meter.h"
#include "server/worker/app_slot.h"
#include "server/worker/residents.h"
#include "snapshot/limits.h"

namespace nano::server {

// What a request may send and get (`body`, `response`) was said to it when it began.
void AppSlot::SetTerms(const AppTerms& terms) {
  if (terms == terms_) return;
  const bool other_idle = terms.idle != terms_.idle;
  terms_ = terms;
  log_limit_.Set(terms.limits.log_line, terms.limits.log_rate);
  if (admission_) admission_->Set(terms.limits);
  if (deadlines_) deadlines_->Set(terms.limits);
  if (isolate_ != nullptr && other_idle) context_.residents->OnIdleChanged(*this);
  EnterUnused([&](runtime::AppIsolate& isolate) {
    isolate.SetLimits(snapshot::RuntimeLimits(terms.limits));
  });
}

void AppSlot::Tell(std::string text, const Refusal& refusal, http::Exchange* exchange,
                   std::string_view stack) {
  CountStop(refusal.reason);
  auto line = refusals_.Line(std::move(text), refusal.reason, refusal.key);
  if (line) LogLimit(line->append(stack), refusal, NamesOf(exchange), {});
}

// Of a client's body the server's own bound holds as well. One that says its length is refused
// before any of it comes.
bool AppSlot::TakesBody(http::ServerExchange& exchange) {
  uint64_t limit = terms_.limits.body;
  const uint64_t of_server = exchange.depth == 0 ? context_.body_bytes : 0;
  if (of_server != 0 && (limit == 0 || limit > of_server)) limit = of_server;
  if (limit == 0) return true;
  exchange.LimitBody(limit);
  const uint64_t length = exchange.body_length().value_or(0);
  if (length <= limit) return true;
  RefuseOne(exchange, {.reason = Reason::kBodyLimit,
                       .limit = limit,
                       .used = length,
                       .key = KeyOfBody(exchange, limit)});
  return false;
}

// Empty: the app's own.
std::string_view AppSlot::KeyOfBody(const http::Exchange& exchange, uint64_t limit) const {
  const bool is_servers = exchange.depth == 0 && limit == context_.body_bytes;
  return is_servers && limit != terms_.limits.body ? "server.limits.body_bytes"
                                                   : std::string_view();
}

// Responses that the app gave in this turn and that were not taken. The app learns it first, if it
// is not done with them.
void AppSlot::EndRefused() {
  for (const RefusedResponse& one : std::exchange(refused_, {})) {
    Enter([&](runtime::AppIsolate& isolate) {
      isolate.Expire(one.exchange->handle, runtime::AbortCause::kTooLarge);
    });
    RefuseOne(*one.exchange, one.refusal);
  }
}

bool AppSlot::OnBodyRefused(http::ServerExchange& exchange, const http::Obstacle& obstacle,
                            std::string_view reason) {
  Refusal refusal = RefusalOf(obstacle, Reason::kBodyLimit);
  if (refusal.reason == Reason::kBodyLimit) refusal.key = KeyOfBody(exchange, refusal.limit);
  if (exchange.streams) {
    // However the app goes on: its client learns of it by a response that breaks off, or not.
    exchange.refusal = WordsOf(refusal.reason).name.data();
    Tell("a request's body broke off: ", refusal, &exchange);
    OnBodyError(exchange, reason);
  } else {
    Enter([&](runtime::AppIsolate& isolate) {
      isolate.Expire(exchange.handle, runtime::AbortCause::kTooLarge);
    });
    RefuseOne(exchange, refusal);
  }
  return true;
}

// The app is not asked any more, as it would be given time to answer in. Those that wait are of an
// app that is to be removed, or that others run now.
void AppSlot::Cut(uint64_t waited_ms) {
  const Refusal refusal{.reason = Reason::kDrainTimeout,
                        .app = version_->name,
                        .limit = static_cast<uint64_t>(terms_.drain_timeout.count()),
                        .used = waited_ms,
                        .retry_after = 1};
  const Held held = Status().held;
  std::vector<http::Exchange*> cut;
  const auto take = [&cut](http::Exchange& exchange) { cut.push_back(&exchange); };
  if (isolate_ != nullptr) isolate_->TakeExchanges(take);
  EndWaiting(take);
  Others named;
  for (http::Exchange* const each : cut) Name(*each, named);
  CountStop(refusal.reason);
  Write(runtime::LogLevel::kWarn,
        "what its old version has under way is cut: it did not end within drain_timeout",
        {{"reason", WordsOf(refusal.reason).name},
         {"limit", static_cast<int64_t>(refusal.limit)},
         {"used", static_cast<int64_t>(refusal.used)},
         {"requests", int64_t{held.requests}},
         {"streams", int64_t{held.streams}},
         {"wait_until", int64_t{held.promises}},
         {"queued", int64_t{held.queued}},
         LogField::IfAny("request_ids", named.names)});
  for (http::Exchange* const each : cut) Refuse(*each, refusal);
  if (isolate_ != nullptr) EndIsolate();
}

void AppSlot::OnDenied(const runtime::Denial& denial, http::Exchange* exchange) {
  const bool timer = denial.of == runtime::Denial::Of::kTimer;
  if (!timer) CallMeter::Count(meter_.counters(), CallEnded::kDenied);
  Tell("the app got an exception: ",
       {.reason = timer ? Reason::kTimerLimit : Reason::kSubrequestLimit,
        .limit = denial.limit,
        .used = denial.limit},
       exchange, denial.stack);
}

void AppSlot::StopFor(runtime::Stop stop) {
  EnterUnused([&stop](runtime::AppIsolate& isolate) { isolate.StopFor(std::move(stop)); });
}

// It has been counted, and its body bounded, when it came.
void AppSlot::TakeWaiting(AppSlot& other) {
  if (other.waiting() == 0) return;
  if (!timer_) TakePlace();
  const auto adopt = [this](http::ServerExchange& exchange) { meter_.Adopt(exchange); };
  admission_->TakeOver(*other.admission_, adopt);
  turns_->TakeOver(*other.turns_, adopt);
}

}  // namespace nano::server

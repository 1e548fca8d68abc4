// Boots isolates, throws dead ones away, maps stacks in what they log. See app_slot.h for ownership
// and threads.
#include "server/worker/app_slot.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/file.h"
#include "base/function_ref.h"
#include "http/trace_context.h"
#include "server/log/request_id.h"
#include "server/worker/cache_way.h"
#include "server/worker/error_responses.h"
#include "server/worker/idle_memory.h"
#include "server/worker/residents.h"
#include "snapshot/limits.h"

namespace nano::server {
namespace {

constexpr double kLongestDelayMs = 1e15;  // Some 30,000 years; fits uv_timer_start.

std::vector<std::string> ServiceNames(const AppVersion& app) {
  std::vector<std::string> names;
  for (const Service& service : app.services) names.push_back(service.name);
  return names;
}

std::vector<std::string> KvNames(const AppVersion& app) {
  std::vector<std::string> names;
  for (const KvBinding& binding : app.kv) names.push_back(binding.name);
  return names;
}

std::string AssetsName(const AppVersion& app) {
  return app.site == nullptr ? std::string() : app.site->binding();
}

}  // namespace

AppSlot::AppSlot(std::shared_ptr<const AppVersion> version, const AppTerms& terms,
                 SlotContext& context)
    : version_(std::move(version)),
      terms_(terms),
      context_(context),
      meter_(context.loop, context.metrics->At(context.worker, version_->name),
             [this](http::Exchange& exchange, const http::Obstacle& obstacle) {
               refused_.push_back({&exchange, RefusalOf(obstacle, Reason::kResponseLimit)});
             }),
      log_limit_(terms_.limits.log_line, terms_.limits.log_rate),
      broken_(!version_->refusal.empty()),
      refusals_(context.loop, [this](Reason reason, const std::string& text,
                                     uint64_t count) { LogRefusals(reason, text, count); }),
      outbound_(
          version_->outbound, *context.clients, meter_.counters(),
          Turn{.run =
                   [this](FunctionRef<void()> call) {
                     // What an isolate asks for may be there already, and come in the middle of its
                     // turn.
                     if (in_turn_) return call();
                     Enter([&call](runtime::AppIsolate&) { call(); });
                   },
               .has = [this] { return !turns_ || turns_->HasMore(); }},
          [this](std::string_view service) { return FindService(service); },
          std::bind_front(&AppSlot::FindKept, this), [this] { CollectGarbage(); }) {}

AppSlot::~AppSlot() {
  TellDropped();
  EndWaiting([](http::Exchange& exchange) { exchange.Fail(); });
  if (in_use_) context_.idle_memory->Remove(*this);
  if (isolate_ != nullptr) context_.residents->Remove(*this);
  if (timer_) context_.residents->Forget(*version_);  // Else it never booted.
}

runtime::AppIsolate* AppSlot::Acquire() {
  if (isolate_ != nullptr) [[likely]] {
    return isolate_.get();
  }
  if (broken_ || version_->files_alone() || !context_.residents->MakeRoom()) return nullptr;
  if (const Result<void> booted = BootNow(); !booted.ok()) {
    broken_ = true;
    const std::string why = booted.error().ToString();
    context_.log->Write(runtime::LogLevel::kError, version_->name, "cannot be served: " + why);
    if (context_.on_broken) context_.on_broken(version_->id, why);
  }
  return isolate_.get();
}

Result<void> AppSlot::Boot() {
  if (isolate_ != nullptr || version_->files_alone()) return {};
  if (!context_.residents->MakeRoom()) {
    return Error{"the worker has as many isolates as the system lets it, and all are in use",
                 {},
                 "Raise vm.max_map_count (sysctl), or run more workers."};
  }
  return BootNow();
}

Result<void> AppSlot::BootNow() {
  if (!version_->refusal.empty()) return Error{version_->refusal, {}, {}};
  if (!timer_) TakePlace();
  const AppFaults::Running running = MarkRunning();
  runtime::Limits limits = snapshot::RuntimeLimits(terms_.limits);
  limits.memory = version_->memory;
  limits.external_memory = version_->external_memory;
  const uint64_t began = uv_hrtime();
  isolate_ = TRY(runtime::AppIsolate::Boot({.image = &version_->image,
                                            .embedder = {.timers = this,
                                                         .wake = this,
                                                         .log = this,
                                                         .loading = this,
                                                         .outbound = &outbound_,
                                                         .stops = this,
                                                         .store = this,
                                                         .visitors = this},
                                            .env = version_->env,
                                            .json_env = version_->json_env,
                                            .services = ServiceNames(*version_),
                                            .kv = KvNames(*version_),
                                            .assets = AssetsName(*version_),
                                            .limits = limits,
                                            .cpu_ticks = &meter_.counters().cpu_ticks.cell()}));
  meter_.counters().boots.Add(1);
  meter_.counters().boot_us.Add((uv_hrtime() - began) / 1000);
  context_.residents->Add(*this);
  last_asked_ = last_used_ = uv_now(context_.loop);
  if (!in_use_) TakeIntoUse();
  return {};
}

// What an isolate needs of the loop. It outlives each of them.
void AppSlot::TakePlace() {
  timer_.emplace(context_.loop, [this] { Enter([](auto& isolate) { isolate.FireTimers(); }); });
  wake_.emplace(context_.loop, [this] { OnWake(); });
  turns_.emplace(
      context_.loop, meter_.counters().cpu_ticks,
      AppTurns::Slot{.alone =
                         [this] {
                           return !context_.takes_turns ||
                                  context_.residents->size() == (booted() ? 1 : 0);
                         },
                     .take =
                         [this](http::ServerExchange& exchange, const http::RequestHead& head) {
                           if (!EndIfLate(exchange)) Admit(exchange, head);
                         }});
  admission_.emplace(
      context_.loop, terms_.limits,
      Admission::Slot{.in_flight = [this] { return in_flight(); },
                      .answer =
                          [this](http::ServerExchange& exchange, const http::RequestHead& head) {
                            if (EndIfLate(exchange) || RefuseIfOpen(exchange)) return;
                            AnswerNow(exchange, head);
                          },
                      .refuse = [this](http::ServerExchange& exchange,
                                       const Refusal& refusal) { RefuseOne(exchange, refusal); },
                      .has_turn = [this] { return turns_->HasMore(); }});
  deadlines_.emplace(
      context_.loop, terms_.limits,
      [this](FunctionRef<void(const http::Exchange&)> visit) {
        if (isolate_ != nullptr) isolate_->EachExchange(visit);
      },
      [this](const Deadlines::Late& late) { EndLate(late); });
}

bool AppSlot::Load(std::function<void(const Result<void>&)> done) {
  on_loaded_ = std::move(done);
  bool begun = false;
  Enter([&begun](runtime::AppIsolate& isolate) { begun = isolate.Load(); });
  if (begun) return true;
  on_loaded_ = nullptr;
  return false;
}

void AppSlot::Loaded() { EndLoading({}); }

void AppSlot::NotLoaded() {
  EndLoading(Error{
      "its top level, which runs when the app is loaded, failed: the app's log says why", {}, {}});
}

void AppSlot::EndLoading(const Result<void>& outcome) {
  if (const auto done = std::exchange(on_loaded_, nullptr)) done(outcome);
}

void AppSlot::EndWaiting(FunctionRef<void(http::Exchange&)> end) {
  if (!admission_) return;
  admission_->EndAll(end);
  turns_->EndAll(end);
}

void AppSlot::Evict(Eviction reason) {
  ++evictions_;
  meter_.counters().evictions[static_cast<size_t>(reason)].Add(1);
  EndIsolate();
  if (std::exchange(in_use_, false)) context_.idle_memory->Remove(*this);
  ReleasePages(version_->image.blob);
  // As before its first request, or small things would keep the pages of the heap that they are on.
  deadlines_.reset();
  admission_.reset();
  turns_.reset();
  wake_.reset();
  timer_.reset();
}

void AppSlot::EndIsolate() {
  timer_->Stop();
  context_.residents->Remove(*this);
  isolate_.reset();
  stored_for_.reset();
}

VersionStatus AppSlot::Status() const {
  VersionStatus status{.version = version_->id,
                       .booted = booted(),
                       .requests = requests_,
                       .limits_hit = limits_hit_,
                       .evictions = evictions_};
  if (admission_) status.held.queued = static_cast<uint32_t>(waiting());
  if (!booted()) return status;
  const runtime::AppIsolate::Usage usage = isolate_->usage();
  status.heap_bytes = usage.heap_bytes;
  status.external_bytes = usage.external_bytes;
  status.held.requests = usage.requests;
  status.held.streams = usage.streams;
  status.held.promises = usage.promises;
  return status;
}

void AppSlot::Answer(http::ServerExchange& exchange, const http::RequestHead& head,
                     const AppSlot* sibling) {
  meter_.Begin(exchange);
  if (context_.read_elsewhere != 0) [[unlikely]] {
    // Of this request alone: others may come within the same call of the connections'.
    const uint64_t read = std::exchange(context_.read_elsewhere, 0) * 1'000'000;
    exchange.began = std::min(exchange.began, read);
  }
  if (!head.traceparent.empty()) [[unlikely]] {
    exchange.trace_id = http::TraceIdOf(head.traceparent);
  }
  if (version_->site != nullptr && AnswerWithAsset(exchange, head, sibling)) return;
  if (head.has_body && !TakesBody(exchange)) return;
  if (RefuseIfOpen(exchange)) [[unlikely]] {
    return;
  }
  if (turns_ && !turns_->Has()) [[unlikely]] {
    return turns_->Wait(exchange, head);
  }
  Admit(exchange, head);
}

void AppSlot::Run(http::ServerExchange& exchange, const http::RequestHead& head) {
  exchange.began = uv_hrtime();
  if (!RefuseIfOpen(exchange)) AnswerNow(exchange, head);
}

// While its circuit is.
bool AppSlot::RefuseIfOpen(http::ServerExchange& exchange) {
  const uint64_t ms = RefusedFor();
  if (ms == 0) [[likely]] {
    return false;
  }
  RefuseOne(exchange, {.reason = Reason::kCircuitOpen, .retry_after = (ms + 999) / 1000});
  return true;
}

void AppSlot::Admit(http::ServerExchange& exchange, const http::RequestHead& head) {
  if (admission_ && !admission_->HasRoom(in_flight())) [[unlikely]] {
    return admission_->Wait(exchange, head);
  }
  AnswerNow(exchange, head);
}

void AppSlot::AnswerNow(http::ServerExchange& exchange, const http::RequestHead& head) {
  if (Acquire() == nullptr) [[unlikely]] {
    if (broken_) return RefuseOne(exchange, {.reason = Reason::kAppRefused});
    return RefuseOne(exchange, {.reason = Reason::kIsolateCeiling,
                                .limit = context_.residents->size(),
                                .used = context_.residents->size(),
                                .retry_after = 1});
  }
  Dispatch(exchange, head);
}

// The app learns it first: from then on nothing that it does reaches the exchange.
void AppSlot::EndLate(const Deadlines::Late& late) {
  http::Exchange* exchange = nullptr;
  Enter([&](runtime::AppIsolate& isolate) {
    exchange = isolate.Expire(late.handle, runtime::AbortCause::kLate);
  });
  if (exchange == nullptr) return;
  RefuseOne(*exchange,
            {.reason = late.reason, .limit = late.limit, .used = late.taken, .key = late.key});
}

// One that has waited until its client has no use for the answer any more.
bool AppSlot::EndIfLate(http::ServerExchange& exchange) {
  const std::optional<Deadlines::Late> late = deadlines_->Judge(exchange, uv_hrtime());
  if (late) {
    RefuseOne(exchange, {.reason = late->reason, .limit = late->limit, .used = late->taken});
  }
  return late.has_value();
}

// A request that the app does not answer. That others may be refused as well is no reason for as
// many lines.
void AppSlot::RefuseOne(http::Exchange& exchange, Refusal refusal) {
  refusal.app = version_->name;
  Tell(exchange.streams ? "a response was cut: " : "a request was not answered: ", refusal,
       &exchange);
  Refuse(exchange, refusal);
}

void AppSlot::Dispatch(http::ServerExchange& exchange, const http::RequestHead& head) {
  exchange.responder = this;
  exchange.response_limit = terms_.limits.response;
  deadlines_->Begin();
  last_asked_ = uv_now(context_.loop);
  ++requests_;
  if (head.authority.empty()) [[unlikely]] {
    // HTTP/1.0 without Host: a URL needs some host (RFC 9112, section 3.3).
    http::RequestHead named = head;
    named.authority = "localhost";
    --requests_;
    return Dispatch(exchange, named);
  }
  Enter([&](runtime::AppIsolate& isolate) { isolate.Dispatch(exchange, head); });
}

void AppSlot::OnBody(http::ServerExchange& exchange, std::string_view part, bool last) {
  meter_.counters().bytes_in.Add(part.size());
  exchange.received += part.size();
  Enter([&](auto& isolate) { isolate.OnBody(exchange, part, last); });
}

void AppSlot::OnBodyError(http::ServerExchange& exchange, std::string_view reason) {
  Enter([&](auto& isolate) { isolate.OnBodyError(exchange, reason); });
}

void AppSlot::OnDrain(http::ServerExchange& exchange) {
  Enter([&](auto& isolate) { isolate.OnDrain(exchange); });
}

void AppSlot::OnAborted(http::ServerExchange& exchange) {
  Enter([&](auto& isolate) { isolate.OnAborted(exchange); });
}

void AppSlot::OnWake() {
  EnterUnused([](auto& isolate) { isolate.RunTasks(); });
}

void AppSlot::Retire() {
  ++limits_hit_;
  timer_->Stop();
  std::string text = "its isolate is thrown away";
  // No field `reason`: the line of the stop has it, and both are one stop.
  if (const auto reason = std::exchange(stopped_by_, std::nullopt)) {
    text.append(" (").append(WordsOf(ReasonOf(*reason)).name).append(")");
  }
  context_.log->Write(runtime::LogLevel::kWarn, version_->name,
                      text + "; the next request boots another one");
  stored_for_.reset();
  EndLoading(Error{"it was stopped at one of its limits while it was loaded", {}, {}});
  context_.residents->Remove(*this);
  context_.residents->Keep({version_, std::move(isolate_)});
}

void AppSlot::TakeIntoUse() {
  in_use_ = true;
  context_.idle_memory->Add(*this);
}

void AppSlot::CollectGarbage() {
  EnterUnused([](auto& isolate) { isolate.ReleaseMemory(); });
}

void AppSlot::ReleaseMemory() {
  in_use_ = false;
  CollectGarbage();
  ReleasePages(version_->image.blob);
}

void AppSlot::ArmTimer(double delay_ms) {
  if (delay_ms < 0) {
    timer_->Stop();
    return;
  }
  // The loop's clock stands still while the app runs, and libuv counts from there. It says when the
  // system was last asked what there is (AppMeter::Begin), and so is not to go on here.
  const uint64_t ran = uv_hrtime() / 1'000'000 - uv_now(context_.loop);
  const double delay = std::ceil(std::min(delay_ms, kLongestDelayMs));
  timer_->Start(static_cast<uint64_t>(delay) + ran);
}

void AppSlot::Wake() { wake_->Send(); }

}  // namespace nano::server

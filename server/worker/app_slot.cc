// Boots isolates, throws dead ones away, maps stacks in what they log. See app_slot.h for ownership
// and threads.
#include "server/worker/app_slot.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/file.h"
#include "base/function_ref.h"
#include "server/limits/reason.h"
#include "server/limits/refusal.h"
#include "server/log/request_id.h"
#include "server/worker/error_responses.h"
#include "server/worker/idle_memory.h"
#include "snapshot/limits.h"

namespace nano::server {
namespace {

constexpr double kLongestDelayMs = 1e15;  // Some 30,000 years; fits uv_timer_start.

std::vector<std::string> ServiceNames(const AppVersion& app) {
  std::vector<std::string> names;
  for (const Service& service : app.services) names.push_back(service.name);
  return names;
}

}  // namespace

AppSlot::AppSlot(std::shared_ptr<const AppVersion> version, SlotContext& context)
    : version_(std::move(version)),
      context_(context),
      source_map_(version_->image.source_map),
      broken_(!version_->refusal.empty()),
      outbound_(
          version_->outbound, *context.clients,
          [this](FunctionRef<void()> call) {
            // What an isolate asks for may be there already, and come in the middle of its turn.
            if (in_turn_) return call();
            Enter([&call](runtime::AppIsolate&) { call(); });
          },
          [this](std::string_view service) { return FindService(service); },
          [this] { CollectGarbage(); }) {}

AppSlot::~AppSlot() {
  if (in_use_) context_.idle_memory->Remove(*this);
  if (isolate_ != nullptr) --context_.live_isolates;
  if (context_.retired && context_.retired->version == version_) context_.retired.reset();
}

runtime::AppIsolate* AppSlot::Acquire() {
  if (isolate_ != nullptr) [[likely]] {
    return isolate_.get();
  }
  if (broken_) return nullptr;
  if (const Result<void> booted = Boot(); !booted.ok()) {
    broken_ = true;
    context_.log->Write(runtime::LogLevel::kError, version_->name,
                        "cannot be served: " + booted.error().ToString());
  }
  return isolate_.get();
}

Result<void> AppSlot::Boot() {
  if (isolate_ != nullptr) return {};
  if (!version_->refusal.empty()) return Error{version_->refusal, {}, {}};
  if (!timer_) {
    timer_.emplace(context_.loop, [this] { Enter([](auto& isolate) { isolate.FireTimers(); }); });
    wake_.emplace(context_.loop, [this] { OnWake(); });
  }
  const AppFaults::Running running = MarkRunning();
  isolate_ = TRY(runtime::AppIsolate::Boot({.image = &version_->image,
                                            .embedder = {.timers = this,
                                                         .wake = this,
                                                         .log = this,
                                                         .loading = this,
                                                         .outbound = &outbound_,
                                                         .stops = this},
                                            .env = version_->env,
                                            .services = ServiceNames(*version_),
                                            .limits = snapshot::RuntimeLimits(version_->limits)}));
  ++context_.live_isolates;
  last_used_ = uv_now(context_.loop);
  if (!in_use_) TakeIntoUse();
  context_.retired.reset();
  return {};
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

void AppSlot::Cut() {
  const Held held = Status().held;
  context_.log->Write(runtime::LogLevel::kWarn, version_->name,
                      "what its old version has under way is cut: it did not end within "
                      "drain_timeout",
                      {{"requests", int64_t{held.requests}},
                       {"streams", int64_t{held.streams}},
                       {"wait_until", int64_t{held.promises}}});
  timer_->Stop();
  --context_.live_isolates;
  isolate_.reset();
}

VersionStatus AppSlot::Status() const {
  VersionStatus status{.version = version_->id,
                       .booted = booted(),
                       .requests = requests_,
                       .limits_hit = limits_hit_};
  if (!booted()) return status;
  const runtime::AppIsolate::Usage usage = isolate_->usage();
  status.heap_bytes = usage.heap_bytes;
  status.external_bytes = usage.external_bytes;
  status.held = {.requests = usage.requests, .streams = usage.streams, .promises = usage.promises};
  return status;
}

AnswerRequest AppSlot::FindService(std::string_view name) const {
  for (const Service& service : version_->services) {
    if (service.name != name) continue;
    return
        [this, app = service.app](http::ServerExchange& exchange, const http::RequestHead& head) {
          context_.answer(app, exchange, head);
        };
  }
  return nullptr;
}

void AppSlot::Answer(http::ServerExchange& exchange, const http::RequestHead& head) {
  if (const uint64_t ms = RefusedFor(); ms != 0) [[unlikely]] {
    return Refuse(
        exchange,
        {.reason = Reason::kCircuitOpen, .app = version_->name, .retry_after = (ms + 999) / 1000});
  }
  if (Acquire() == nullptr) return RespondUnservable(exchange);
  Dispatch(exchange, head);
}

void AppSlot::Dispatch(http::ServerExchange& exchange, const http::RequestHead& head) {
  exchange.responder = this;
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
  context_.log->Write(runtime::LogLevel::kWarn, version_->name,
                      "its isolate is thrown away; the next request boots another one");
  EndLoading(Error{"it was stopped at one of its limits while it was loaded", {}, {}});
  if (--context_.live_isolates == 0) {
    context_.retired.emplace(RetiredIsolate{version_, std::move(isolate_)});
  } else {
    isolate_.reset();
  }
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
  // The loop's clock stands still while the app runs, and libuv counts from there.
  uv_update_time(context_.loop);
  const double delay = std::ceil(std::min(delay_ms, kLongestDelayMs));
  timer_->Start(static_cast<uint64_t>(delay));
}

void AppSlot::Wake() { wake_->Send(); }

void AppSlot::Log(runtime::LogLevel level, std::string_view text) { Write(level, text); }

void AppSlot::OnStopped(const runtime::Stop& stop, http::Exchange* guilty) {
  const std::string request = guilty == nullptr ? std::string() : RequestIdOf(*guilty);
  Write(runtime::LogLevel::kError, "the app was stopped: " + Describe(stop) + stop.stack,
        {{"reason", WordsOf(ReasonOf(stop.reason)).name},
         {"limit", static_cast<int64_t>(stop.limit)},
         {"used", static_cast<int64_t>(stop.used)},
         {"request_id", request}});
}

void AppSlot::EndStopped(http::Exchange& exchange, const runtime::Stop& stop) {
  Refuse(exchange, {.reason = ReasonOf(stop.reason),
                    .app = version_->name,
                    .limit = stop.limit,
                    .used = stop.used});
}

void AppSlot::OnNear(const runtime::Stop& near) {
  Write(runtime::LogLevel::kWarn, DescribeNear(near) + near.stack,
        {{"near", WordsOf(ReasonOf(near.reason)).name},
         {"limit", static_cast<int64_t>(near.limit)},
         {"used", static_cast<int64_t>(near.used)}});
}

void AppSlot::Write(runtime::LogLevel level, std::string_view text,
                    std::initializer_list<LogField> fields) {
  std::string mapped = runtime::MapStack(text, version_->script_name, source_map_);
  runtime::DropRuntimeTail(mapped);
  if (log_listener_) log_listener_(mapped);
  context_.log->Write(level, version_->name, mapped, fields);
}

}  // namespace nano::server

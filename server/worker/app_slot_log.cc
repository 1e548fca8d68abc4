// What the log is told of an app: its own lines, and what its limits have done. See app_slot.h.
#include <string>
#include <utility>

#include "http/trace_context.h"
#include "runtime/source_map.h"
#include "server/log/request_id.h"
#include "server/worker/app_slot.h"

namespace nano::server {
namespace {

// `reason` of what no request is refused for: in the log alone.
constexpr std::string_view kLogRate = "log-rate";
// Requests of a stopped isolate that its line names.
constexpr int64_t kMostNamed = 10;

// Large uploads are their clients' doing, not the app's.
runtime::LogLevel LevelOf(Reason reason) {
  return reason == Reason::kBodyLimit ? runtime::LogLevel::kWarn : runtime::LogLevel::kError;
}

}  // namespace

void AppSlot::LogBeginning(runtime::LogLevel level, std::string_view text, size_t missing,
                           const runtime::LogOrigin& origin) {
  const uint64_t now = uv_now(context_.loop);
  const std::optional<std::string_view> line = log_limit_.Take(text, now, missing);
  if (!line) return OnLineDropped();
  Write(level, *line,
        {LogField::IfAny("request_id", origin.request_id),
         LogField::IfAny("trace_id", http::TraceIdIn(origin.traceparent))});
}

void AppSlot::OnLineDropped() {
  constexpr uint64_t kTellMs = 1000;
  meter_.counters().log_dropped.Add(1);
  if (drops_) return;
  context_.log->Write(
      runtime::LogLevel::kWarn, version_->name,
      "the app logs more than its `limits.log_rate`; from here on lines of it are "
      "dropped, and counted",
      {{"reason", kLogRate}, {"limit", static_cast<int64_t>(terms_.limits.log_rate)}});
  drops_.emplace(context_.loop, [this] {
    if (!TellDropped()) drops_.reset();
  });
  drops_->Start(kTellMs, kTellMs);
}

// Once more where no second has passed without any.
bool AppSlot::TellDropped() {
  const uint64_t dropped = log_limit_.TakeDropped();
  if (dropped == 0) return false;
  context_.log->Write(runtime::LogLevel::kWarn, version_->name,
                      "lines of the app were dropped: it logged more than its `limits.log_rate`",
                      {{"reason", kLogRate}, {"count", static_cast<int64_t>(dropped)}});
  return true;
}

AppSlot::RequestNames AppSlot::NamesOf(http::Exchange* exchange) {
  if (exchange == nullptr) return {};
  return {RequestIdOf(*exchange), http::ToText(exchange->trace_id)};
}

AppSlot::RequestNames AppSlot::NamesOf(const runtime::Stop& stop, http::Exchange* exchange) {
  if (exchange != nullptr) return NamesOf(exchange);
  return {stop.request_id, std::string(http::TraceIdIn(stop.traceparent))};
}

std::string AppSlot::NameOf(http::Exchange& exchange) { return RequestIdOf(exchange); }

// In the access log it has a name, which nobody knows any more.
std::string AppSlot::NewName() { return context_.logs_access ? std::string() : NewRequestId(); }

void AppSlot::OnStopped(const runtime::Stop& stop, http::Exchange* guilty) {
  CountStop(ReasonOf(stop.reason));
  stopped_by_ = stop.reason;
  LogLimit("the app was stopped: " + Describe(stop) + stop.stack,
           {.reason = ReasonOf(stop.reason), .limit = stop.limit, .used = stop.used},
           NamesOf(stop, guilty), OthersThan(guilty));
}

// They are answered with a name each, which no other line has.
AppSlot::Others AppSlot::OthersThan(const http::Exchange* guilty) const {
  Others others;
  if (isolate_ == nullptr) return others;
  isolate_->EachExchange([&](const http::Exchange& exchange) {
    if (&exchange != guilty) Name(*isolate_->Find(exchange.handle), others);
  });
  return others;
}

void AppSlot::Name(http::Exchange& exchange, Others& others) {
  if (++others.count > kMostNamed) return;
  if (!others.names.empty()) others.names += ' ';
  others.names += RequestIdOf(exchange);
}

void AppSlot::CountStop(Reason reason) {
  meter_.counters().stops[static_cast<size_t>(reason)].Add(1);
}

void AppSlot::LogLimit(std::string_view text, const Refusal& refusal, const RequestNames& request,
                       const Others& others) {
  LogField used{"used", static_cast<int64_t>(refusal.used)};
  used.is_left_out = refusal.limit == 0;
  Write(LevelOf(refusal.reason), text,
        {{"reason", WordsOf(refusal.reason).name},
         LogField::IfAny("limit", static_cast<int64_t>(refusal.limit)),
         used,
         LogField::IfAny("retry_after", static_cast<int64_t>(refusal.retry_after)),
         LogField::IfAny("request_id", request.request),
         LogField::IfAny("trace_id", request.trace),
         LogField::IfAny("others", others.count),
         LogField::IfAny("other_requests", others.names)});
}

void AppSlot::LogRefusals(Reason reason, const std::string& text, uint64_t count) {
  Write(LevelOf(reason), text,
        {{"reason", WordsOf(reason).name}, {"count", static_cast<int64_t>(count)}});
}

void AppSlot::EndStopped(http::Exchange& exchange, const runtime::Stop& stop) {
  Refuse(exchange, {.reason = ReasonOf(stop.reason),
                    .app = version_->name,
                    .limit = stop.limit,
                    .used = stop.used});
}

void AppSlot::OnNear(const runtime::Stop& near) {
  const RequestNames request = NamesOf(
      near, near.exchange == 0 || isolate_ == nullptr ? nullptr : isolate_->Find(near.exchange));
  Write(runtime::LogLevel::kWarn, DescribeNear(near) + near.stack,
        {{"near", WordsOf(ReasonOf(near.reason)).name},
         {"limit", static_cast<int64_t>(near.limit)},
         {"used", static_cast<int64_t>(near.used)},
         LogField::IfAny("request_id", request.request),
         LogField::IfAny("trace_id", request.trace)});
}

void AppSlot::Write(runtime::LogLevel level, std::string_view text,
                    std::initializer_list<LogField> fields) {
  // Not kept: of a thousand apps that nobody asks, no page of their snapshots is to be in memory.
  const runtime::SourceMap source_map(version_->image.source_map);
  std::string mapped = runtime::MapStack(text, version_->script_name, source_map);
  runtime::DropRuntimeTail(mapped);
  if (log_listener_) log_listener_(mapped);
  context_.log->Write(level, version_->name, mapped, fields);
}

}  // namespace nano::server

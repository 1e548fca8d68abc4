// What the log is told of an app: its own lines, and what its limits have done. See app_slot.h.
#include <string>
#include <utility>

#include "http/trace_context.h"
#include "runtime/source_map.h"
#include "server/log/request_id.h"
#include "server/worker/app_slot.h"

namespace nano::server {

void AppSlot::LogBeginning(runtime::LogLevel level, std::string_view text, size_t missing,
                           const runtime::LogOrigin& origin) {
  const uint64_t now = uv_now(context_.loop);
  const std::optional<std::string_view> line = log_limit_.Take(text, now, missing);
  if (const auto dropped = log_limit_.TakeDropped(now)) {
    context_.log->Write(runtime::LogLevel::kWarn, version_->name,
                        "lines of the app were dropped: it logged more than its `limits.log_rate`",
                        {{"count", static_cast<int64_t>(*dropped)}});
  }
  if (!line) return meter_.counters().log_dropped.Add(1);
  Write(level, *line,
        {LogField::IfAny("request_id", origin.request_id),
         LogField::IfAny("trace_id", http::TraceIdIn(origin.traceparent))});
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

void AppSlot::OnStopped(const runtime::Stop& stop, http::Exchange* guilty) {
  CountStop(ReasonOf(stop.reason));
  LogLimit("the app was stopped: " + Describe(stop) + stop.stack,
           {.reason = ReasonOf(stop.reason), .limit = stop.limit, .used = stop.used},
           NamesOf(stop, guilty));
}

void AppSlot::CountStop(Reason reason) {
  meter_.counters().stops[static_cast<size_t>(reason)].Add(1);
}

void AppSlot::LogLimit(std::string_view text, const Refusal& refusal, const RequestNames& request) {
  // Large uploads are their clients' doing, not the app's.
  const auto level =
      refusal.reason == Reason::kBodyLimit ? runtime::LogLevel::kWarn : runtime::LogLevel::kError;
  LogField used{"used", static_cast<int64_t>(refusal.used)};
  used.is_left_out = refusal.limit == 0;
  Write(level, text,
        {{"reason", WordsOf(refusal.reason).name},
         LogField::IfAny("limit", static_cast<int64_t>(refusal.limit)),
         used,
         LogField::IfAny("retry_after", static_cast<int64_t>(refusal.retry_after)),
         LogField::IfAny("request_id", request.request),
         LogField::IfAny("trace_id", request.trace)});
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

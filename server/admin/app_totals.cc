// The counters of server/metrics/app_counters.h, summed up and named.
#include "server/admin/app_totals.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "runtime/watchdog.h"
#include "server/metrics/durations.h"

namespace nano::server::admin {
namespace {

template <size_t N>
using Counts = std::array<uint64_t, N>;

struct Totals {
  Counts<kEndings> requests{};
  DurationCounts durations{};
  Counts<kCallEndings> calls{};
  Counts<kEvictions> evictions{};
  Counts<kReasons> stops{};
  uint64_t duration_us = 0;
  uint64_t cpu_ticks = 0;
  uint64_t boots = 0;
  uint64_t log_dropped = 0;
  uint64_t worker_deaths = 0;
  uint64_t lost = 0;
  uint64_t lost_unread = 0;
};

template <size_t N>
void AddTo(Counts<N>& sums, const std::array<Counter, N>& counters) {
  for (size_t at = 0; at < N; ++at) sums[at] += counters[at].value();
}

// All of a row at once: each look for an app's place costs more than what is read there.
Totals TotalsOf(const std::string& app, const AppMetrics& metrics) {
  Totals totals;
  metrics.Sum(app, [&totals](const AppCounters& counters) {
    AddTo(totals.requests, counters.requests);
    AddTo(totals.durations, counters.durations);
    AddTo(totals.calls, counters.calls);
    AddTo(totals.evictions, counters.evictions);
    AddTo(totals.stops, counters.stops);
    totals.duration_us += counters.duration_us.value();
    totals.cpu_ticks += counters.cpu_ticks.value();
    totals.boots += counters.boots.value();
    totals.log_dropped += counters.log_dropped.value();
    totals.worker_deaths += counters.worker_deaths.value();
    totals.lost += counters.lost.value();
    totals.lost_unread += counters.lost_unread.value();
    return uint64_t{0};
  });
  return totals;
}

template <size_t N>
Json NamedCounts(const Counts<N>& counts, const std::string_view (&names)[N]) {
  Json json = Json::Object();
  for (size_t at = 0; at < N; ++at) json.Set(std::string(names[at]), counts[at]);
  return json;
}

// Only the reasons that there were.
Json StopsJson(const Counts<kReasons>& stops) {
  Json json = Json::Object();
  for (const ReasonWords& words : AllReasons()) {
    const uint64_t count = stops[static_cast<size_t>(words.reason)];
    if (count != 0) json.Set(std::string(words.name), count);
  }
  return json;
}

Json BoundJson(const DurationCounts& durations, uint64_t percent) {
  const auto bound = BoundOfPercent(durations, percent);
  return bound ? Json(*bound) : Json();
}

}  // namespace

Json TotalsJson(const std::string& app, const AppMetrics& metrics) {
  const Totals totals = TotalsOf(app, metrics);
  Json json;
  json.Set("app", app).Set("requests", NamedCounts(totals.requests, kEndingNames));
  json.Set("p50_us", BoundJson(totals.durations, 50));
  json.Set("p99_us", BoundJson(totals.durations, 99));
  json.Set("duration_us", totals.duration_us);
  json.Set("cpu_ms", totals.cpu_ticks * runtime::kTickMs);
  json.Set("boots", totals.boots);
  json.Set("stops", StopsJson(totals.stops));
  json.Set("evictions", NamedCounts(totals.evictions, kEvictionNames));
  json.Set("subrequests", NamedCounts(totals.calls, kCallEndingNames));
  json.Set("log_lines_dropped", totals.log_dropped);
  json.Set("worker_deaths", totals.worker_deaths);
  json.Set("lost_requests", totals.lost);
  return json.Set("lost_unread_connections", totals.lost_unread);
}

}  // namespace nano::server::admin

// Figures for Prometheus (its text format, version 0.0.4).
//
// Counters of apps are sums over all processes, those that have ended included (server/metrics/):
// none goes down until the server is started again. What is in a worker now is asked of it.
#include <string>
#include <utility>

#include "base/version.h"
#include "runtime/watchdog.h"
#include "server/admin/metrics_page.h"
#include "server/admin/resources.h"
#include "server/metrics/app_metrics.h"

namespace nano::server::admin {
namespace {

constexpr size_t kShownDigits = 12;  // Of a digest, as `nano ctl` shows it.
constexpr char kType[] = "text/plain; version=0.0.4; charset=utf-8";

void AddServer(MetricsPage& page, const Overview& overview) {
  page.Family("info", "gauge", "The program that runs.");
  page.Sample(Label("version", Version()), 1);
  page.Family("start_time_seconds", "gauge", "When the server was started, in seconds since 1970.");
  page.Sample("", static_cast<uint64_t>(overview.started / 1000));
  page.Family("release", "gauge", "The number of the release that is served.");
  page.Sample("", overview.release);
  page.Family("release_time_seconds", "gauge", "Since when it is served, in seconds since 1970.");
  page.Sample("", static_cast<uint64_t>(overview.since / 1000));
  page.Family("swaps_total", "counter", "Attempts at another release, by what came of them.");
  page.Sample(Label("outcome", "done"), overview.swaps_done);
  page.Sample(Label("outcome", "failed"), overview.swaps_failed);
  page.Sample(Label("outcome", "unchanged"), overview.swaps_unchanged);
}

void AddApps(MetricsPage& page, const Overview& overview) {
  uint64_t counts[3] = {};
  for (const AppView& app : overview.apps) ++counts[static_cast<size_t>(app.state)];
  page.Family("apps", "gauge", "Apps by what becomes of their requests.");
  page.Sample(Label("state", "serving"), counts[static_cast<size_t>(AppState::kServing)]);
  page.Sample(Label("state", "leaving"), counts[static_cast<size_t>(AppState::kLeaving)]);
  page.Sample(Label("state", "refused"), counts[static_cast<size_t>(AppState::kRefused)]);
  page.Sample(Label("state", "missing"), overview.missing.size());
}

void AddCircuits(MetricsPage& page, const Overview& overview) {
  page.Family("circuit_open", "gauge",
              "1 for an app whose requests are refused, because it keeps ending workers.");
  for (const AppView& app : overview.apps) {
    page.Sample(Label("app", app.name), uint64_t{app.circuit_open()});
  }
}

void AddWorkers(MetricsPage& page, const Overview& overview, const Status& status) {
  uint64_t alive = 0, behind = 0;
  for (const WorkerView& worker : overview.workers) {
    alive += worker.pid != 0 ? 1 : 0;
    behind += worker.behind ? 1 : 0;
  }
  page.Family("workers", "gauge", "Worker processes that run.");
  page.Sample("", alive);
  page.Family("workers_behind", "gauge",
              "Those that are busy, and have not come to the release that is served.");
  page.Sample("", behind);
  page.Family("worker_exits_total", "counter", "Workers that ended without being asked to.");
  for (const WorkerView& worker : overview.workers) {
    page.Sample(Label("worker", std::to_string(worker.number)), worker.deaths);
  }
  const auto each = [&](uint64_t (*value)(const WorkerLoad&)) {
    for (const WorkerLoad& load : status.workers) {
      if (load.answered) page.Sample(Label("worker", std::to_string(load.number)), value(load));
    }
  };
  page.Family("connections", "gauge", "Open connections of clients.");
  each([](const WorkerLoad& load) { return uint64_t{load.connections}; });
  page.Family("worker_resident_bytes", "gauge", "Bytes of a worker that are in memory.");
  each([](const WorkerLoad& load) { return load.resident; });
  page.Family("worker_own_bytes", "gauge",
              "What of that is the worker's own, and no file's: held against `server.memory`.");
  each([](const WorkerLoad& load) { return load.own; });
}

// Whichever app it was that they asked.
void AddSlowClients(MetricsPage& page, const AppMetrics& metrics) {
  page.Family(
      "slow_clients_total", "counter",
      "Clients that were too slow, and were cut, answered with 408, or read no further, by the "
      "key of `server.limits` that says so.");
  for (size_t i = 0; i < http::kSlowWiths; ++i) {
    page.Sample(
        Label("reason", http::kSlowNames[i]),
        metrics.SumOfWorkers([i](const WorkerCounters& c) { return c.slow_clients[i].value(); }));
  }
}

void AddLoops(MetricsPage& page, const AppMetrics& metrics) {
  page.Family("worker_loop_lag_seconds", "histogram",
              "For how long at a time workers did not look what had come.");
  uint64_t below = 0;
  for (size_t i = 0; i < kLoopTurns; ++i) {
    below += metrics.SumOfWorkers([i](const WorkerCounters& c) { return c.loop.turns[i].value(); });
    const std::string bound =
        i == kLoopTurns - 1 ? "+Inf" : MetricsPage::Seconds(kLoopBounds[i] * 1000);
    page.Sample("_bucket", Label("le", bound), std::to_string(below));
  }
  const uint64_t us =
      metrics.SumOfWorkers([](const WorkerCounters& c) { return c.loop.us.value(); });
  page.Sample("_sum", "", MetricsPage::Seconds(us));
  page.Sample("_count", "", std::to_string(below));
}

// What workers say of themselves when they are asked.
void AddVersions(MetricsPage& page, const Status& status) {
  const auto each = [&](uint64_t (*value)(const VersionLoad&)) {
    for (const WorkerLoad& load : status.workers) {
      for (const VersionLoad& version : load.versions) {
        // Of one snapshot there may be several, as with other variables.
        page.Sample(Label("app", version.app) + "," +
                        Label("version", version.digest.substr(0, kShownDigits)) + "," +
                        Label("id", std::to_string(version.id)) + "," +
                        Label("worker", std::to_string(load.number)),
                    value(version));
      }
    }
  };
  page.Family("requests_in_flight", "gauge", "Requests that are not answered yet.");
  each([](const VersionLoad& version) { return uint64_t{version.in_flight}; });
  page.Family("queued_requests", "gauge", "Requests that wait until the app answers fewer others.");
  each([](const VersionLoad& version) { return uint64_t{version.queued}; });
  page.Family("streams", "gauge", "Answers that are still being sent.");
  each([](const VersionLoad& version) { return uint64_t{version.streams}; });
  page.Family("wait_untils", "gauge", "Promises given to ctx.waitUntil() that are not settled.");
  each([](const VersionLoad& version) { return uint64_t{version.wait_untils}; });
  page.Family("app_isolates", "gauge", "Isolates that run.");
  each([](const VersionLoad& version) { return uint64_t{version.isolates}; });
  page.Family("app_heap_bytes", "gauge", "Bytes of the isolates' heaps.");
  each([](const VersionLoad& version) { return version.memory - version.external; });
  page.Family("app_external_bytes", "gauge", "Bytes of buffers beside the isolates' heaps.");
  each([](const VersionLoad& version) { return version.external; });
  page.Family("draining", "gauge", "1 for a version that only finishes what it has begun.");
  each([](const VersionLoad& version) { return uint64_t{version.draining}; });
}

// What processes count in memory that they share: sums that go on when workers end.
class AppFamilies {
 public:
  AppFamilies(MetricsPage& page, const Overview& overview, const AppMetrics& metrics)
      : page_(page), overview_(overview), metrics_(metrics) {}

  void Add();

 private:
  using Value = FunctionRef<uint64_t(const AppCounters&)>;

  // Calls with the labels and a function that sums a counter over all processes.
  template <typename Visit>
  void Each(Visit visit) {
    for (const AppView& app : overview_.apps) {
      visit(Label("app", app.name), [&](Value value) { return metrics_.Sum(app.name, value); });
    }
  }
  void Plain(Value value) {
    Each([&](const std::string& labels, const auto& sum) { page_.Sample(labels, sum(value)); });
  }
  void AddRequests();
  void AddDurations();
  void AddCalls();
  void AddCaches();
  void AddEvictions();
  void AddStops();

  MetricsPage& page_;
  const Overview& overview_;
  const AppMetrics& metrics_;
};

void AppFamilies::AddRequests() {
  page_.Family("requests_total", "counter",
               "Requests that have ended, by the class of their status; aborted by the client, "
               "cut after the response had begun, or lost with their worker.");
  Each([&](const std::string& labels, const auto& sum) {
    for (size_t i = 0; i < kEndings; ++i) {
      page_.Sample(labels + "," + Label("status", kEndingNames[i]),
                   sum([i](const AppCounters& c) { return c.requests[i].value(); }));
    }
  });
}

void AppFamilies::AddDurations() {
  page_.Family("request_duration_seconds", "histogram",
               "From a request's head to the end of its response.");
  Each([&](const std::string& labels, const auto& sum) {
    uint64_t below = 0;
    for (size_t i = 0; i < kDurations; ++i) {
      below += sum([i](const AppCounters& c) { return c.durations[i].value(); });
      const std::string bound =
          i == kDurations - 1 ? "+Inf" : MetricsPage::Seconds(kDurationBounds[i]);
      page_.Sample("_bucket", labels + "," + Label("le", bound), std::to_string(below));
    }
    const uint64_t us = sum([](const AppCounters& c) { return c.duration_us.value(); });
    page_.Sample("_sum", labels, MetricsPage::Seconds(us));
    page_.Sample("_count", labels, std::to_string(below));
  });
}

void AppFamilies::AddCalls() {
  page_.Family("subrequests_total", "counter",
               "Calls of fetch() and of services that have ended, by what came of them.");
  Each([&](const std::string& labels, const auto& sum) {
    for (size_t i = 0; i < kCallEndings; ++i) {
      page_.Sample(labels + "," + Label("outcome", kCallEndingNames[i]),
                   sum([i](const AppCounters& c) { return c.calls[i].value(); }));
    }
  });
}

void AppFamilies::AddCaches() {
  page_.Family("cache_matches_total", "counter",
               "What the app has looked for in its caches, by whether it was there.");
  Each([&](const std::string& labels, const auto& sum) {
    page_.Sample(labels + "," + Label("outcome", "hit"),
                 sum([](const AppCounters& c) { return c.cache_hits.value(); }));
    page_.Sample(labels + "," + Label("outcome", "miss"),
                 sum([](const AppCounters& c) { return c.cache_misses.value(); }));
  });
  page_.Family("cache_puts_total", "counter", "Responses that the app's caches have kept.");
  Plain([](const AppCounters& c) { return c.cache_stored.value(); });
}

void AppFamilies::AddEvictions() {
  page_.Family("app_evictions_total", "counter",
               "Isolates that were given up because nobody needed them.");
  Each([&](const std::string& labels, const auto& sum) {
    for (size_t at = 0; at < kEvictions; ++at) {
      page_.Sample(labels + "," + Label("reason", kEvictionNames[at]),
                   sum([at](const AppCounters& c) { return c.evictions[at].value(); }));
    }
  });
}

void AppFamilies::AddStops() {
  page_.Family("limit_stops_total", "counter",
               "Isolates that were stopped, and requests that were refused, by the reason "
               "(docs/limits.md).");
  Each([&](const std::string& labels, const auto& sum) {
    for (const ReasonWords& words : AllReasons()) {
      const auto at = static_cast<size_t>(words.reason);
      page_.Sample(labels + "," + Label("reason", words.name),
                   sum([at](const AppCounters& c) { return c.stops[at].value(); }));
    }
  });
}

void AppFamilies::Add() {
  AddRequests();
  AddDurations();
  page_.Family(
      "asset_requests_total", "counter",
      "Of those requests, the ones that were answered with files, without the app's code.");
  Plain([](const AppCounters& c) { return c.asset_requests.value(); });
  page_.Family("request_body_bytes_total", "counter", "Bytes of requests' bodies that apps read.");
  Plain([](const AppCounters& c) { return c.bytes_in.value(); });
  page_.Family("response_body_bytes_total", "counter", "Bytes of responses' bodies.");
  Plain([](const AppCounters& c) { return c.bytes_out.value(); });
  page_.Family("app_cpu_seconds_total", "counter",
               "CPU time of the workers' threads while the app was run, as found each 10 ms.");
  Each([&](const std::string& labels, const auto& sum) {
    const uint64_t ticks = sum([](const AppCounters& c) { return c.cpu_ticks.value(); });
    page_.Sample("", labels, MetricsPage::Seconds(ticks * runtime::kTickMs * 1000));
  });
  page_.Family("app_boots_total", "counter", "Isolates that were booted.");
  Plain([](const AppCounters& c) { return c.boots.value(); });
  page_.Family("app_boot_seconds_total", "counter", "What that took.");
  Each([&](const std::string& labels, const auto& sum) {
    page_.Sample("", labels,
                 MetricsPage::Seconds(sum([](const AppCounters& c) { return c.boot_us.value(); })));
  });
  AddCalls();
  AddCaches();
  AddEvictions();
  AddStops();
  page_.Family("log_lines_dropped_total", "counter", "Lines that the app logged beyond its rate.");
  Plain([](const AppCounters& c) { return c.log_dropped.value(); });
  page_.Family("worker_deaths_total", "counter", "Workers that the app ended.");
  Plain([](const AppCounters& c) { return c.worker_deaths.value(); });
  page_.Family("lost_requests_total", "counter",
               "Requests of other apps that were under way in those workers.");
  Plain([](const AppCounters& c) { return c.lost.value(); });
  page_.Family("lost_unread_connections_total", "counter",
               "Connections of those workers on which something had come that they had not read.");
  Plain([](const AppCounters& c) { return c.lost_unread.value(); });
}

void AddCrons(MetricsPage& page, Deployments& deployments) {
  const std::vector<CronView> crons = deployments.crons().crons();
  const auto labels = [](const CronView& cron) {
    return Label("app", cron.app) + "," + Label("cron", cron.cron);
  };
  page.Family("scheduled_calls_total", "counter", "Calls of scheduled(), by how they ended.");
  for (const CronView& cron : crons) {
    for (const auto& [outcome, count] : cron.outcomes) {
      page.Sample(labels(cron) + "," + Label("outcome", outcome), count);
    }
  }
  page.Family("scheduled_seconds_total", "counter", "What they took.");
  for (const CronView& cron : crons) {
    page.Sample("", labels(cron), MetricsPage::Seconds(cron.ms * 1000));
  }
  page.Family(
      "scheduled_missed_total", "counter",
      "Times at which it was not called, since the server did not run or the clock was set.");
  for (const CronView& cron : crons) page.Sample(labels(cron), cron.missed);
  page.Family("scheduled_last_timestamp_seconds", "gauge",
              "For when the call is that ended last, in seconds since 1970.");
  for (const CronView& cron : crons) {
    if (cron.last) page.Sample(labels(cron), static_cast<uint64_t>(cron.last->time / 1000));
  }
}

}  // namespace

void ShowMetrics(const Request&, Input, Deployments& deployments, Respond respond) {
  deployments.AskStatus([&deployments, respond = std::move(respond)](const Status& status) {
    MetricsPage page;
    const Overview& overview = deployments.overview();
    AddServer(page, overview);
    page.Family("log_lines_lost_total", "counter",
                "Lines of the log that its reader was too slow for.");
    page.Sample("", deployments.lost_log_lines());
    AddApps(page, overview);
    AddCircuits(page, overview);
    AddWorkers(page, overview, status);
    AddSlowClients(page, deployments.metrics());
    AddLoops(page, deployments.metrics());
    AddVersions(page, status);
    AppFamilies(page, overview, deployments.metrics()).Add();
    AddCrons(page, deployments);
    respond({.type = kType, .body = page.Take()});
  });
}

}  // namespace nano::server::admin

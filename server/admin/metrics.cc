// Figures for Prometheus (its text format, version 0.0.4).
//
// What a worker counts begins anew with the next worker in its place, as counters may: each has the
// worker in its labels, so that no sum goes down by itself.
#include <string>
#include <string_view>
#include <utility>

#include "base/version.h"
#include "server/admin/resources.h"

namespace nano::server::admin {
namespace {

constexpr char kType[] = "text/plain; version=0.0.4; charset=utf-8";

// A label's value with the escapes that the format has.
std::string Escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string Label(std::string_view name, std::string_view value) {
  return std::string(name) + "=\"" + Escaped(value) + "\"";
}

class Page {
 public:
  // The samples that follow are of this family.
  void Family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = "nano_" + std::string(name);
    text_ += "# HELP " + name_ + " " + std::string(help) + "\n";
    text_ += "# TYPE " + name_ + " " + std::string(type) + "\n";
  }
  void Sample(const std::string& labels, uint64_t value) {
    text_ +=
        name_ + (labels.empty() ? "" : "{" + labels + "}") + " " + std::to_string(value) + "\n";
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

void AddServer(Page& page, const Overview& overview) {
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

void AddApps(Page& page, const Overview& overview) {
  uint64_t counts[3] = {};
  for (const AppView& app : overview.apps) ++counts[static_cast<size_t>(app.state)];
  page.Family("apps", "gauge", "Apps by what becomes of their requests.");
  page.Sample(Label("state", "serving"), counts[static_cast<size_t>(AppState::kServing)]);
  page.Sample(Label("state", "leaving"), counts[static_cast<size_t>(AppState::kLeaving)]);
  page.Sample(Label("state", "refused"), counts[static_cast<size_t>(AppState::kRefused)]);
}

void AddWorkers(Page& page, const Overview& overview, const Status& status) {
  uint64_t alive = 0;
  for (const WorkerView& worker : overview.workers) alive += worker.pid != 0 ? 1 : 0;
  page.Family("workers", "gauge", "Worker processes that run.");
  page.Sample("", alive);
  page.Family("worker_deaths_total", "counter", "Workers that ended without being asked to.");
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
}

void AddVersions(Page& page, const Status& status) {
  const auto each = [&](uint64_t (*value)(const VersionLoad&)) {
    for (const WorkerLoad& load : status.workers) {
      for (const VersionLoad& version : load.versions) {
        page.Sample(Label("app", version.app) + "," + Label("version", std::to_string(version.id)) +
                        "," + Label("worker", std::to_string(load.number)),
                    value(version));
      }
    }
  };
  page.Family("requests_total", "counter", "Requests that a version of an app was given.");
  each([](const VersionLoad& version) { return version.requests; });
  page.Family("requests_in_flight", "gauge", "Requests that are not answered yet.");
  each([](const VersionLoad& version) { return uint64_t{version.in_flight}; });
  page.Family("streams", "gauge", "Answers that are still being sent.");
  each([](const VersionLoad& version) { return uint64_t{version.streams}; });
  page.Family("wait_untils", "gauge", "Promises given to ctx.waitUntil() that are not settled.");
  each([](const VersionLoad& version) { return uint64_t{version.wait_untils}; });
  page.Family("isolates", "gauge", "Isolates that run.");
  each([](const VersionLoad& version) { return uint64_t{version.isolates}; });
  page.Family("heap_bytes", "gauge", "Bytes of the isolates' heaps.");
  each([](const VersionLoad& version) { return version.memory; });
  page.Family("limits_hit_total", "counter", "Isolates that were stopped for a limit.");
  each([](const VersionLoad& version) { return version.limits_hit; });
  page.Family("draining", "gauge", "1 for a version that only finishes what it has begun.");
  each([](const VersionLoad& version) { return uint64_t{version.draining}; });
}

}  // namespace

void ShowMetrics(const Request&, Input, Deployments& deployments, Respond respond) {
  deployments.AskStatus([&deployments, respond = std::move(respond)](const Status& status) {
    Page page;
    const Overview& overview = deployments.overview();
    AddServer(page, overview);
    AddApps(page, overview);
    AddWorkers(page, overview, status);
    AddVersions(page, status);
    respond({.type = kType, .body = page.Take()});
  });
}

}  // namespace nano::server::admin

// The counters of all apps in all processes, and of their clients. They outlive the processes, so
// that none is lost when a worker dies, and none ever goes down.
//
// Owns the shared mapping, which processes forked later inherit. An app's place is found by its
// name (app_places.h) and never free again, so that an app that returns goes on counting. Beyond
// kApps names, all others share one place. Thread: the main one of each process; a process writes
// its own row alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/function_ref.h"
#include "server/metrics/app_counters.h"
#include "server/metrics/app_places.h"
#include "server/metrics/worker_counters.h"

namespace nano::server {

class AppMetrics {
 public:
  static constexpr size_t kApps = AppPlaces::kApps;

  // A row for each worker, one for the probe, `more` for workers that come and go, and one for the
  // supervisor.
  explicit AppMetrics(size_t workers, size_t more = 0);
  ~AppMetrics();
  AppMetrics(const AppMetrics&) = delete;
  AppMetrics& operator=(const AppMetrics&) = delete;

  // In the supervisor: a row of those is to be summed up from now on.
  void UseRow(size_t row) { used_[row] = true; }

  // What this process counts of the app. The workers' rows come first, then the probe's.
  AppCounters& At(size_t row, std::string_view app);
  // Whose these are, of that row; nothing of others' and of none.
  std::string_view NameOf(size_t row, const void* counters) const;
  AppCounters& OfSupervisor(std::string_view app) { return At(rows_ - 1, app); }
  // What it counts of clients. Rows as above.
  WorkerCounters& OfWorker(size_t row);

  // The sum over all processes but the probe, which no client asks; nothing of an app that nobody
  // has counted yet.
  uint64_t Sum(std::string_view app, FunctionRef<uint64_t(const AppCounters&)> value) const;

  // The same of clients.
  uint64_t SumOfWorkers(FunctionRef<uint64_t(const WorkerCounters&)> value) const;

  // In the supervisor: the apps that have requests under way, and how many, over all processes but
  // the probe.
  void EachInFlight(FunctionRef<void(std::string_view app, uint64_t requests)> visit) const;

  // In the supervisor: a worker has ended. What was under way in it is lost, and counted so unless
  // it was the probe; returns how much of that was of others than `app`.
  uint64_t EndRow(size_t row, std::string_view app);

 private:
  const size_t rows_;
  const size_t probe_;
  std::vector<bool> used_;  // By rows: reading one makes its pages.
  size_t bytes_ = 0;
  void* memory_ = nullptr;  // The mapping: the places …
  std::optional<AppPlaces> places_;
  WorkerCounters* workers_ = nullptr;  // … one of these for each row …
  AppCounters* counters_ = nullptr;    // … and kApps + 1 of these for each.
};

}  // namespace nano::server
